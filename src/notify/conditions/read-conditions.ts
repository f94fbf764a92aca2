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
  /** Tenants of which the kinds of `READ_BY_TENANT` could not be read, or not in time: those stay as they were told. */
  unread: ReadonlySet<string>;
  /** There are tenants, and all of them are unread. */
  sawNobody: boolean;
  /** Tenants that launches are rehearsed on. */
  rehearsals: ReadonlySet<string>;
  now: Micros;
}

/** What is read of one tenant after the other, so that one that is sick silences no other. */
export const READ_BY_TENANT: readonly ConditionKind[] = [
  'signal_missed',
  'signal_inconclusive',
  'ready_to_widen',
  'feed_held',
  'supplier_silent',
];
/** So long a round goes from tenant to tenant; what it did not come to, the next ones do. In ms. */
const LOOK_FOR_MS = 30_000;

export interface OnUnread {
  /** A tenant could not be read. */
  onUnread: (unread: { tenant: string; error: unknown }) => void;
  /** The round had no time for so many. */
  onLate?: (late: { tenants: number }) => void;
}

export interface WhatToRead extends OnUnread {
  /** Tenants that channels name; `every`: and all others but those that launches are rehearsed on. */
  wished?: { every: boolean; named: readonly string[] };
  lookForMs?: number;
}

/**
 * Everything that people may want to be told of as things are now. All of it or, by what it throws, nothing, but for
 * tenants that cannot be read: what was not read would look as if it were over.
 *
 * @param options.wished tenants that any channel wants to know of
 */
export async function readConditions(
  database: Database,
  settings: GateSettings,
  { wished = { every: true, named: [] }, onUnread, onLate, lookForMs = LOOK_FOR_MS }: WhatToRead,
): Promise<Conditions> {
  const now = await databaseNow(database);
  const rehearsals = await readRehearsals(database);
  const tenants = await database.tenant.findMany({
    where: { OR: [{ id: { in: [...wished.named] } }, ...(wished.every ? [{ rehearsalUs: null }] : [])] },
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
    ...(await readDrift(database)),
    ...(await readWaiting(database, now)),
    ...(await readExpiring(database)),
  ];
  const withFeeds = await readTenantsWithFeeds(database);
  const unread = new Set<string>();
  let late = 0;
  // From here on, so that however long it took until now, some of the tenants are read.
  const until = performance.now() + lookForMs;
  for (const tenant of inTurn(tenants)) {
    if (performance.now() > until) {
      unread.add(tenant.id);
      late += 1;
      continue;
    }
    try {
      conditions.push(
        ...(await readTenant(database, settings, tenant, { now, hasFeeds: withFeeds.has(tenant.id) })),
      );
    } catch (error) {
      // A database that is away fails the round at once, and not one tenant after the other.
      await databaseNow(database);
      unread.add(tenant.id);
      onUnread({ tenant: tenant.id, error });
    }
  }
  if (late > 0) onLate?.({ tenants: late });
  // Read last, so that none begins to leave while it is read.
  const leaving = await readLeaving(database);
  return {
    conditions: conditions.filter(({ tenant }) => tenant === null || !leaving.has(tenant)),
    leaving,
    unread,
    sawNobody: tenants.length > 0 && unread.size === tenants.length,
    rehearsals,
    now,
  };
}

interface TenantToRead {
  id: string;
  state: string;
  /** One of those that are closed, if any is. */
  suppliers: readonly unknown[];
}

/** What `READ_BY_TENANT` names, all of it or, by what it throws, nothing: half of it would be told a second time. */
async function readTenant(
  database: Database,
  settings: GateSettings,
  { id, state, suppliers }: TenantToRead,
  { now, hasFeeds }: { now: Micros; hasFeeds: boolean },
): Promise<Condition[]> {
  const feeds = hasFeeds ? await readFeedConditions(database, [id], now) : [];
  if (state === 'closed') return feeds;
  const signals = await readSignalConditions(database, id, now);
  // Most are open with all of their suppliers: nothing is left to widen. And nothing is ready while a signal is not green:
  // when all of them are sick at once, a round must not take longer than ever.
  const mayBeReady = signals.length === 0 && (state === 'canary' || suppliers.length > 0);
  const ready = mayBeReady
    ? await database.$transaction((transaction) => readReady(transaction, settings, id), AT_ONE_MOMENT)
    : [];
  return [...feeds, ...signals, ...ready];
}

/** Begins with another one each time, so that none is always left out. */
function inTurn<T>(tenants: readonly T[]): T[] {
  const first = Math.floor(Math.random() * tenants.length);
  return [...tenants.slice(first), ...tenants.slice(0, first)];
}

async function readRehearsals(database: Pick<Database, 'tenant'>): Promise<Set<string>> {
  const rows = await database.tenant.findMany({
    where: { rehearsalUs: { not: null } },
    select: { id: true },
  });
  return new Set(rows.map(({ id }) => id));
}

async function readTenantsWithFeeds(database: Pick<Database, '$queryRaw'>): Promise<Set<string>> {
  const rows = await database.$queryRaw<{ id: string }[]>`SELECT DISTINCT tenant_id AS id FROM feed`;
  return new Set(rows.map(({ id }) => id));
}

async function readLeaving(database: Pick<Database, '$queryRaw'>): Promise<Set<string>> {
  const rows = await database.$queryRaw<{ id: string }[]>`
    SELECT t.id FROM tenant_erasure x JOIN tenant t ON t.id = x.tenant_id`;
  return new Set(rows.map(({ id }) => id));
}
