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

/**
 * Everything that people may want to be told of as things are now. All of it or, by what it throws, nothing: what was not
 * read would look as if it were over.
 */
export async function readConditions(
  database: Database,
  settings: GateSettings,
): Promise<{ conditions: Condition[]; now: Micros }> {
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
  return { conditions, now };
}
