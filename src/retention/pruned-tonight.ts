import { databaseNow } from '../database/clock.ts';
import type { Database } from '../database/client.ts';
import { seconds } from '../domain/time.ts';

/** Whoever reaches Temporal may start the night's work at any time: it is done once a night all the same. */
const A_NIGHT = seconds(20 * 3600);

/** The tenants that somebody's nightly prune was done with a short time ago. */
export async function prunedTonight(database: Database, actor: string): Promise<Set<string>> {
  const since = (await databaseNow(database)) - A_NIGHT;
  const runs = await database.pruneRun.findMany({
    where: { actor, state: 'completed', startedAtUs: { gt: since } },
    select: { tenantId: true },
  });
  return new Set(runs.map(({ tenantId }) => tenantId));
}
