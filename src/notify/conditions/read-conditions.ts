import { databaseNow } from '../../database/clock.ts';
import type { Database } from '../../database/client.ts';
import { MANUAL_SUPPLIER } from '../../domain/identity.ts';
import type { Condition } from '../../domain/notify.ts';
import type { Micros } from '../../domain/time.ts';
import type { GateSettings } from '../../gate/settings.ts';
import { readClosed } from './read-closed.ts';
import { readDrift } from './read-drift.ts';
import { readExpiring } from './read-expiring.ts';
import { readFeedConditions } from './read-feeds.ts';
import { readReady } from './read-ready.ts';
import { readSignalConditions } from './read-signals.ts';
import { readWaiting } from './read-waiting.ts';

export interface Conditions {
  conditions: Condition[];
  /** Tenants that are being erased: nothing of them is told any more, neither that it is so nor that it is over. */
  leaving: ReadonlySet<string>;
  now: Micros;
}

/**
 * Everything that people may want to be told of as things are now. All of it or, by what it throws, nothing: what was not
 * read would look as if it were over.
 */
export async function readConditions(database: Database, settings: GateSettings): Promise<Conditions> {
  const now = await databaseNow(database);
  const tenants = await database.tenant.findMany({
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
  for (const { id, state, suppliers } of tenants.filter((one) => one.state !== 'closed')) {
    conditions.push(...(await readSignalConditions(database, id, now)));
    // Most are open with all of their suppliers: nothing is left to widen.
    if (state === 'open' && suppliers.length === 0) continue;
    conditions.push(...(await database.$transaction((transaction) => readReady(transaction, settings, id))));
  }
  // Read last, so that none begins to leave while it is read.
  const leaving = await readLeaving(database);
  return {
    conditions: conditions.filter(({ tenant }) => tenant === null || !leaving.has(tenant)),
    leaving,
    now,
  };
}

async function readLeaving(database: Pick<Database, '$queryRaw'>): Promise<Set<string>> {
  const rows = await database.$queryRaw<{ id: string }[]>`
    SELECT t.id FROM tenant_erasure x JOIN tenant t ON t.id = x.tenant_id`;
  return new Set(rows.map(({ id }) => id));
}
