import type { Database } from '../../database/client.ts';
import { endRun } from './end-run.ts';
import { RunGone } from './run-gone.ts';
import type { RunWork } from './run-work.ts';

const ITEMS_AT_ONCE = 1_000;

/**
 * Gives an event of quantity 0 to each figure that a snapshot does not name, and ends the run.
 *
 * @throws RunGone
 */
export async function zeroRun(
  database: Pick<Database, '$queryRaw'>,
  runId: string,
  work: RunWork,
): Promise<void> {
  for (;;) {
    work.beat();
    const [row] = await database.$queryRaw<{ done: boolean | null }[]>`
      SELECT zero_missing(${runId}, ${ITEMS_AT_ONCE}::integer) AS done`;
    if (!row || row.done === null) throw new RunGone();
    if (row.done) break;
  }
  await endRun(database, runId, 'completed');
}
