import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchEvent } from '../events.ts';
import { TENANT, type Parts } from '../parts.ts';
import { figure, table } from '../report/markdown.ts';
import { startOurs } from '../subjects.ts';
import type { GrowthOptions, GrowthResult } from './result.ts';

/** Many events of one SKU, in an order that nobody could want: all are decided, and the right one wins. */
export async function hotSku(parts: Parts, options: GrowthOptions): Promise<GrowthResult> {
  const count = options.full ? 10_000 : 1_000;
  const base = Date.parse('2026-06-01T00:00:00Z');
  const events: BenchEvent[] = Array.from({ length: count }, (_, no) => ({
    id: `hot-${no}`,
    sku: 'HOT-SKU',
    quantity: no % 1000,
    // 7919 is prime: each second once, in a scattered order.
    updatedAt: new Date(base + ((no * 7919) % count) * 1000).toISOString(),
  }));
  const latest = events.toSorted((a, b) => a.updatedAt.localeCompare(b.updatedAt)).at(-1);
  const running = await startOurs(parts, { databaseName: 'hot_sku' });
  const { sql } = await parts.databaseOf('hot_sku');
  try {
    const begun = performance.now();
    for (let at = 0; at < count; at += 100) await running.post(events.slice(at, at + 100));
    const posted = performance.now();
    for (;;) {
      const [row] = await sql<{ left: bigint }>(
        'SELECT count(*) AS left FROM supplier_event WHERE decision IS NULL OR start_due_us IS NOT NULL',
      );
      if (row?.left === 0n) break;
      await sleep(200);
    }
    const seconds = (performance.now() - begun) / 1000;
    const [item] = await sql<{ event_id: string; version: number; shown: number }>(
      `SELECT i.event_id, i.version,
              (SELECT max(v.version) FROM catalog_item_version v WHERE v.item_id = i.item_id AND v.publication = 'accepted') AS shown
         FROM catalog_item i WHERE i.item_id = '${TENANT}:HOT-SKU'`,
    );
    const isRight = item?.event_id === latest?.id && item?.shown === item?.version;
    return {
      name: 'hot-sku',
      markdown: table(
        ['events of one SKU', 'taken in/s', 'decided and published/s', 'versions', 'right winner shown'],
        [
          [
            count.toLocaleString('en'),
            figure((count * 1000) / (posted - begun)),
            figure(count / seconds, 1),
            String(item?.version),
            isRight ? 'yes' : 'NO',
          ],
        ],
      ),
    };
  } finally {
    await running.stop();
  }
}
