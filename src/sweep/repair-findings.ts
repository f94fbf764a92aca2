import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/client.ts';
import { STILL_DUE } from './settle-findings.ts';

/** Versions that a sweep has made and that wait for their publication, at a time. */
const MOST_DUE = 50;
const LOOK_EVERY_MS = 250;

/**
 * Publishes what a sweep has found anew, some at a time, until all have had their turn or the time is up.
 *
 * @param endsAt by `performance.now()`
 * @returns whether all have had their turn
 */
export async function repairFindings(
  database: Database,
  sweepId: string,
  on: { endsAt: number; beat(): void },
): Promise<boolean> {
  while (performance.now() < on.endsAt) {
    on.beat();
    const [row] = await database.$queryRaw<{ due: number }[]>`
      SELECT count(DISTINCT f.item_id)::integer AS due
        FROM sweep_finding f JOIN catalog_item_version v ON v.item_id = f.item_id AND v.version = f.repaired_version
        JOIN sweep s ON s.id = f.sweep_id
       WHERE f.sweep_id = ${sweepId} AND f.storefront <> ALL (s.passed_over) AND ${STILL_DUE}`;
    const room = MOST_DUE - (row?.due ?? 0);
    const next = await database.sweepFinding.findMany({
      where: { sweepId, treatedAtUs: null },
      select: { itemId: true },
      orderBy: { itemId: 'asc' },
      take: Math.max(1, room),
    });
    if (next.length === 0) return true;
    if (room <= 0) await sleep(LOOK_EVERY_MS);
    else
      for (const { itemId } of next) {
        await database.$queryRaw`SELECT repair_swept_item(${sweepId}, ${itemId})`;
      }
  }
  return false;
}
