import type { Database } from '../../database/client.ts';
import type { FeedRun } from '../../generated/prisma/client.ts';
import { judgeFile, type FileCounts } from '../guards/judge-file.ts';
import type { ReadingDefinition } from '../store/definition-of.ts';
import { RunGone } from './run-gone.ts';
import { snapshotTime } from './snapshot-time.ts';
import { usualRows } from './usual-rows.ts';

/**
 * Lets the figures of a file that was read flow, or holds it with every reason.
 *
 * @throws RunGone
 */
export async function judgeRun(
  database: Database,
  runId: string,
  definition: ReadingDefinition,
  columns: Pick<FileCounts, 'columnFaults' | 'absentColumns'>,
): Promise<void> {
  const run = await database.feedRun.findUniqueOrThrow({ where: { id: runId } });
  const snapshotUs = definition.kind === 'snapshot' ? snapshotTime(run, definition) : null;
  const counts = { ...(await countsOf(database, run, snapshotUs)), ...columns };
  const judged = judgeFile(counts, definition);
  const held = judged.verdict === 'held';
  const { count } = await database.feedRun.updateMany({
    where: { id: runId, state: 'reading' },
    data: {
      snapshotUs,
      state: held ? 'held' : 'recording',
      // Nobody has to look after it until somebody decides.
      ...(held && { reasons: judged.reasons, startDueUs: null }),
    },
  });
  if (count === 0) throw new RunGone();
}

async function countsOf(
  database: Database,
  run: FeedRun,
  snapshotUs: bigint | null,
): Promise<Omit<FileCounts, 'columnFaults' | 'absentColumns'>> {
  const [row] = await database.$queryRaw<
    Record<'known' | 'above0' | 'zeroed' | 'items' | 'unheard', bigint>[]
  >`
    SELECT * FROM feed_run_counts(${run.id}, ${snapshotUs}::bigint)`;
  if (!row) throw new RunGone();
  const { rows, refused, figures, zeros } = run;
  return {
    ...{ rows, refused, figures, zeros },
    usualRows: await usualRows(database, run.tenantId, run.feedId),
    ...{ known: Number(row.known), above0: Number(row.above0), zeroed: Number(row.zeroed) },
    ...{ items: Number(row.items), unheard: Number(row.unheard) },
  };
}
