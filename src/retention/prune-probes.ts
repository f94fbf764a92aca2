import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';

const AT_ONCE = 5_000;

/**
 * Takes away what storefronts were read to show before a moment, but for the last of each item and storefront.
 *
 * @param onBatch is called after each statement; what it throws ends the work, which may be taken up again
 */
export async function pruneProbes(
  database: Database,
  { tenant, cutoff, pruneId }: { tenant: string; cutoff: Micros; pruneId: number },
  onBatch: () => Promise<void>,
): Promise<void> {
  let after = { at: -1n, id: 0n };
  for (;;) {
    const page = await database.$queryRaw<{ id: bigint; probed_at_us: bigint }[]>`
      SELECT p.id, p.probed_at_us FROM storefront_probe p
       WHERE p.probed_at_us < ${cutoff} AND (p.probed_at_us, p.id) > (${after.at}, ${after.id})
       ORDER BY p.probed_at_us, p.id LIMIT ${AT_ONCE}::integer`;
    const last = page.at(-1);
    if (!last) return;
    after = { at: last.probed_at_us, id: last.id };
    await database.$executeRaw`
      WITH gone AS (
        DELETE FROM storefront_probe p
         WHERE p.id = ANY (${page.map(({ id }) => id)}::bigint[]) AND starts_with(p.item_id, ${`${tenant}:`})
           AND EXISTS (SELECT 1 FROM storefront_probe x
                        WHERE x.item_id = p.item_id AND x.storefront = p.storefront
                          AND (x.probed_at_us, x.id) > (p.probed_at_us, p.id))
        RETURNING 1
      )
      UPDATE prune_run SET probes = probes + (SELECT count(*) FROM gone), seen_at_us = now_us() WHERE id = ${pruneId}`;
    await onBatch();
    if (page.length < AT_ONCE) return;
  }
}
