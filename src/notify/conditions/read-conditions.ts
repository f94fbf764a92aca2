import { databaseNow } from '../../database/clock.ts';
import type { Database } from '../../database/client.ts';
import { MANUAL_SUPPLIER } from '../../domain/identity.ts';
import type { Condition, ConditionKind } from '../../domain/notify.ts';
import type { Micros } from '../../domain/time.ts';
import type { GateSettings } from '../../gate/settings.ts';
import { readClosed } from './read-closed.ts';
import { readDrift } from './read-drift.ts';
import { readExpiring } from './read-expiring.ts';
import { readFeedConditions } from './read-feeds.ts';
import { readReady } from './read-ready.ts';
import { readSignalConditions } from './read-signals.ts';
import { readWaiting } from './read-waiting.ts';

/** Nobody is waited for. */
const AT_ONE_MOMENT = { isolationLevel: 'RepeatableRead' } as const;

export interface Conditions {
  conditions: Condition[];
  /** Tenants that are being erased: nothing of them is told any more, neither that it is so nor that it is over. */
  leaving: ReadonlySet<string>;
  /** Tenants of which the kinds of `READ_BY_TENANT` could not be read: those stay as they were told. */
  unread: ReadonlySet<string>;
  now: Micros;
}

/** What is read of one tenant after the other, so that one that is sick silences no other. */
export const READ_BY_TENANT: readonly ConditionKind[] = [
  'signal_missed',
  'signal_inconclusive',
  'ready_to_widen',
];

/** Told of a tenant that could not be read. */
export type OnUnread = (unread: { tenant: string; error: unknown }) => void;

/**
 * Everything that people may want to be told of as things are now. All of it or, by what it throws, nothing, but for
 * tenants that cannot be read: what was not read would look as if it were over.
 *
 * @param options.wished tenants that any channel wants to know of; undefined: all
 */
export async function readConditions(
  database: Database,
  settings: GateSettings,
  { wished, onUnread }: { wished?: readonly string[] | undefined; onUnread: OnUnread },
): Promise<Conditions> {
  const now = await databaseNow(database);
  const tenants = await database.tenant.findMany({
    ...(wished && { where: { id: { in: [...wished] } } }),
    select: {
      id: true,
      state: true,
      suppliers: {
        select: { id: true },
        where: { state: 'closed', id: { not: MANUAL_SUPPLIER } },
        take: 1,
      },
    },
    orderBy: { id: 'asc' },
  });
  const conditions = [
    ...(await readClosed(database)),
    ...(await readFeedConditions(
      database,
      tenants.map(({ id }) => id),
      now,
    )),
    ...(await readDrift(database)),
    ...(await readWaiting(database, now)),
    ...(await readExpiring(database)),
  ];
  const unread = new Set<string>();
  for (const { id: tenant, state, suppliers } of tenants.filter((one) => one.state !== 'closed')) {
    try {
      const found = await readSignalConditions(database, tenant, now);
      // Most are open with all of their suppliers: nothing is left to widen. And nothing is ready while a signal is not green:
      // when all of them are sick at once, a round must not take longer than ever.
      if (found.length === 0 && (state === 'canary' || suppliers.length > 0)) {
        found.push(
          ...(await database.$transaction(
            (transaction) => readReady(transaction, settings, tenant),
            AT_ONE_MOMENT,
          )),
        );
      }
      conditions.push(...found);
    } catch (error) {
      // A database that is away fails the round at once, and not one tenant after the other.
      await databaseNow(database);
      unread.add(tenant);
      onUnread({ tenant, error });
    }
  }
  // Read last, so that none begins to leave while it is read.
  const leaving = await readLeaving(database);
  return {
    conditions: conditions.filter(({ tenant }) => tenant === null || !leaving.has(tenant)),
    leaving,
    unread,
    now,
  };
}

async function readLeaving(database: Pick<Database, '$queryRaw'>): Promise<Set<string>> {
  const rows = await database.$queryRaw<{ id: string }[]>`
    SELECT t.id FROM tenant_erasure x JOIN tenant t ON t.id = x.tenant_id`;
  return new Set(rows.map(({ id }) => id));
}
