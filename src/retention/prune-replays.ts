import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';
import { readReplayCounts } from './replay-counts.ts';

const AT_ONCE = 2_000;

/**
 * Takes away what replays that ended before a moment have written down of their events and items. The replay itself
 * stays, with the counts of what it did.
 *
 * @param onBatch is called after each statement; what it throws ends the work, which may be taken up again
 * @returns rows taken away
 */
export async function pruneReplays(
  database: Database,
  { tenant, cutoff, pruneId }: { tenant: string; cutoff: Micros; pruneId: number },
  onBatch: () => Promise<void>,
): Promise<number> {
  const ended = await database.replay.findMany({
    where: { tenantId: tenant, state: { not: 'running' }, finishedAtUs: { lt: cutoff }, prunedAtUs: null },
    select: { id: true },
    orderBy: { createdAtUs: 'asc' },
  });
  for (const { id } of ended) {
    const summary = await readReplayCounts(database, id);
    await database.$executeRaw`
      UPDATE replay SET pruned_at_us = now_us(), summary = ${JSON.stringify(summary)}::jsonb WHERE id = ${id}`;
  }
  // Also of those that a stopped prune has left half done.
  const marked = await database.$queryRaw<{ id: string }[]>`
    SELECT r.id FROM replay r
     WHERE r.tenant_id = ${tenant} AND r.pruned_at_us IS NOT NULL
       AND (EXISTS (SELECT 1 FROM replay_event x WHERE x.replay_id = r.id)
            OR EXISTS (SELECT 1 FROM replay_item x WHERE x.replay_id = r.id))`;
  let rows = 0;
  for (const { id } of marked) {
    for (let count = AT_ONCE; count >= AT_ONCE;) {
      count = await database.$transaction(async (transaction) => {
        const deleted =
          (await transaction.$executeRaw`
            DELETE FROM replay_event WHERE replay_id = ${id} AND seq IN (
              SELECT x.seq FROM replay_event x WHERE x.replay_id = ${id} LIMIT ${AT_ONCE}::integer)`) +
          (await transaction.$executeRaw`
            DELETE FROM replay_item WHERE replay_id = ${id} AND item_id IN (
              SELECT x.item_id FROM replay_item x WHERE x.replay_id = ${id} LIMIT ${AT_ONCE}::integer)`);
        await transaction.$executeRaw`
          UPDATE prune_run SET replays = replays + ${deleted}::integer, seen_at_us = now_us() WHERE id = ${pruneId}`;
        return deleted;
      });
      rows += count;
      await onBatch();
    }
  }
  return rows;
}
