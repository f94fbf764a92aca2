import type { Database } from '../../database/client.ts';
import type { FeedRun } from '../../generated/prisma/client.ts';
import { UnreadableFile } from '../file/unreadable-file.ts';
import type { ReadingDefinition } from '../store/definition-of.ts';
import { foresee, type Foresight } from '../ingest/foresee.ts';
import { failUnreadable } from './fail-unreadable.ts';
import { judgeRun } from './judge-run.ts';
import { byStretches, oneAhead } from './one-ahead.ts';
import { noticer } from './notices.ts';
import { columnFaults, openRunFile } from './open-file.ts';
import { rowBatches, rowsAtOnce, type RowBatch } from './row-batches.ts';
import { RunGone } from './run-gone.ts';
import { noRows, sumUpRows, type SummedRows } from './sum-up-rows.ts';
import type { RunWork } from './run-work.ts';

/**
 * Reads a run's file to its end, before any of its figures counts, and judges it. Read again after an interruption, it
 * looks at the rows that were noted, and goes on after them.
 *
 * @throws RunGone
 */
export async function readRun(
  database: Database,
  run: FeedRun,
  definition: ReadingDefinition,
  work: RunWork,
): Promise<void> {
  if (run.fileBytes === 0n)
    return judgeRun(database, run.id, definition, { columnFaults: [], absentColumns: [] });
  try {
    const file = await openRunFile(database, run, definition);
    await database.feedRun.updateMany({ where: { id: run.id }, data: { found: { ...file.found } } });
    const { faults } = file.mapping;
    const notice = noticer(await fateOf(database, run));
    await oneAhead(
      rowBatches(file.rows, 0, rowsAtOnce(file.mapping)),
      // No row can be mapped of a file that lacks a column: they are counted only.
      async ({ rows, before, upto }) => {
        const noted = Math.min(rows.length, Math.max(0, run.rows - before));
        const sum = noRows();
        if (faults.length === 0) {
          // What stands in rows that were noted before, a later one may stand beside.
          await byStretches(rows.slice(0, noted), (some) => sumUpRows(some, file, noRows(), notice));
          await byStretches(rows.slice(noted), (some) => sumUpRows(some, file, sum, notice));
        }
        return { batch: { before: before + noted, upto }, sum };
      },
      async ({ batch, sum }) => {
        if (batch.before === batch.upto) return;
        work.beat();
        await noteBatch(database, run.id, batch, sum);
      },
    );
    await judgeRun(database, run.id, definition, columnFaults(file));
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    await failUnreadable(database, run.id, error);
  }
}

async function fateOf(database: Database, run: FeedRun): Promise<Foresight['fate'] | undefined> {
  const feed = await database.feed.findUniqueOrThrow({
    where: { tenantId_id: { tenantId: run.tenantId, id: run.feedId } },
    select: { supplierId: true },
  });
  return (await foresee(database, { tenant: run.tenantId, supplier: feed.supplierId }))?.fate;
}

async function noteBatch(
  database: Database,
  runId: string,
  { before, upto }: Omit<RowBatch, 'rows'>,
  { items, refusals, newestUs, ...counts }: SummedRows,
): Promise<void> {
  const [row] = await database.$queryRaw<{ noted: boolean }[]>`
    SELECT note_feed_rows(${runId}, ${before}::integer, ${upto}::integer,
                          ${JSON.stringify({ ...counts, newestUs: newestUs?.toString() })}::jsonb,
                          ${JSON.stringify(items)}::jsonb, ${JSON.stringify(refusals)}::jsonb) AS noted`;
  if (row?.noted !== true) throw new RunGone();
}
