import { databaseNow } from '../database/clock.ts';
import type { Database } from '../database/client.ts';
import { A_NIGHT } from '../domain/night.ts';

/** The tenants that somebody's nightly prune was done with a short time ago. */
export async function prunedTonight(database: Database, actor: string): Promise<Set<string>> {
  const since = (await databaseNow(database)) - A_NIGHT;
  const runs = await database.pruneRun.findMany({
    where: { actor, state: 'completed', startedAtUs: { gt: since } },
    select: { tenantId: true },
  });
  return new Set(runs.map(({ tenantId }) => tenantId));
}
