import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../database/client.ts';
import type { FeedRun } from '../../generated/prisma/client.ts';
import { UnreadableFile } from '../file/unreadable-file.ts';
import type { ReadingDefinition } from '../store/definition-of.ts';
import { endRun } from './end-run.ts';
import { failUnreadable } from './fail-unreadable.ts';
import { eventsOfRows, type RowEvent } from './events-of-rows.ts';
import { byStretches, oneAhead } from './one-ahead.ts';
import { openRunFile } from './open-file.ts';
import { rowBatches, rowsAtOnce, type RowBatch } from './row-batches.ts';
import { RunGone } from './run-gone.ts';
import type { RunWork } from './run-work.ts';

/** With so many live events waiting, the database is left to them, for so long before each batch at most. */
const DUE_EVENTS = 20;
const PAUSE_MS = 50;
const LONGEST_WAIT_MS = 2_000;

/**
 * A file can be most of a ledger. Until the planner has heard of that, it looks for an event by its supplier alone: so it
 * is told from so many rows on, and each time that they are ten times as many.
 */
const TOLD_FROM = 1_000;

/**
 * Puts the events of a run's file into the ledger, from the row after the last that is there. Then a snapshot goes on to
 * what it does not name.
 *
 * @throws RunGone
 */
export async function recordRun(
  database: Database,
  run: FeedRun,
  definition: ReadingDefinition,
  work: RunWork,
): Promise<void> {
  const feed = await database.feed.findUniqueOrThrow({
    where: { tenantId_id: { tenantId: run.tenantId, id: run.feedId } },
    select: { supplierId: true },
  });
  const owner = { tenant: run.tenantId, supplier: feed.supplierId };
  if (run.fileBytes > 0n) {
    try {
      const file = await openRunFile(database, run, definition);
      await oneAhead(
        rowBatches(file.rows, run.recordedRows, rowsAtOnce(file.mapping)),
        async (batch) => {
          const events: object[] = [];
          await byStretches(batch.rows, (rows) => events.push(...asRows(eventsOfRows(rows, file, owner))));
          return { batch, events };
        },
        async ({ batch, events }) => {
          await waitForRoom(database, owner.tenant, work);
          await recordBatch(database, run.id, batch, events);
        },
      );
    } catch (error) {
      // It was read to its end before, so that this is of its parts, which are not what they were.
      if (!(error instanceof UnreadableFile)) throw error;
      await failUnreadable(database, run.id, error);
      return;
    }
  }
  if (run.snapshotUs === null) await endRun(database, run.id, 'completed');
  else
    await database.feedRun.updateMany({
      where: { id: run.id, state: 'recording' },
      data: { state: 'zeroing' },
    });
}

async function recordBatch(
  database: Pick<Database, '$queryRaw'>,
  runId: string,
  { before, upto }: RowBatch,
  events: readonly object[],
): Promise<void> {
  const [row] = await database.$queryRaw<{ counts: object | null }[]>`
    SELECT record_feed_events(${runId}, ${before}::integer, ${upto}::integer,
                              ${JSON.stringify(events)}::jsonb) AS counts`;
  if (!row?.counts) throw new RunGone();
  if (upto >= TOLD_FROM && digitsOf(upto) > digitsOf(before))
    await database.$queryRaw`SELECT tell_planner_of_file()::text`;
}

function digitsOf(rows: number): number {
  return String(rows).length;
}

function asRows(events: readonly RowEvent[]): object[] {
  return events.map(({ line, event: { updatedAt, location, ...event } }) => ({
    ...{ ...event, updatedAtUs: updatedAt.toString(), line },
    ...(location !== '' && { location }),
  }));
}

/**
 * Live events come first. What is due there waits for its workflow: what is held does not, nor what came by a file. They
 * are counted in the order of their time, so that the index is used: the planner expects most events to be due, and would
 * go through all.
 */
async function waitForRoom(
  database: Pick<Database, '$queryRaw'>,
  tenant: string,
  { beat, mostDue = DUE_EVENTS }: RunWork,
): Promise<void> {
  const end = performance.now() + LONGEST_WAIT_MS;
  while (performance.now() < end) {
    beat();
    const [row] = await database.$queryRaw<{ due: bigint }[]>`
      SELECT count(*) AS due
        FROM (SELECT 1 FROM supplier_event e WHERE e.tenant_id = ${tenant} AND e.start_due_us <= (SELECT now_us())
               ORDER BY e.start_due_us LIMIT ${mostDue}) x`;
    if ((row?.due ?? 0n) < mostDue) return;
    await sleep(PAUSE_MS);
  }
}
