import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../database/client.ts';
import type { FeedRun } from '../../generated/prisma/client.ts';
import { UnreadableFile } from '../file/unreadable-file.ts';
import type { ReadingDefinition } from '../store/definition-of.ts';
import { endRun } from './end-run.ts';
import { failUnreadable } from './fail-unreadable.ts';
import { eventsOfRows, type RowEvent } from './events-of-rows.ts';
import { openRunFile } from './open-file.ts';
import { rowBatches, type RowBatch } from './row-batches.ts';
import { RunGone } from './run-gone.ts';
import type { RunWork } from './run-work.ts';

/** A tenant's live events wait behind no more than so many of its files, and the batch that comes: about a second. */
const DUE_EVENTS = 200;
const PAUSE_MS = 100;

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
      for await (const batch of rowBatches(file.rows, run.recordedRows)) {
        await waitForRoom(database, owner.tenant, work);
        await recordBatch(database, run.id, batch, asRows(eventsOfRows(batch.rows, file, owner)));
      }
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
}

function asRows(events: readonly RowEvent[]): object[] {
  return events.map(({ line, event: { updatedAt, location, ...event } }) => ({
    ...{ ...event, updatedAtUs: updatedAt.toString(), line },
    ...(location !== '' && { location }),
  }));
}

/** Live events come first. What is held waits for nobody, and nobody for it. */
async function waitForRoom(
  database: Pick<Database, '$queryRaw'>,
  tenant: string,
  { beat, mostDue = DUE_EVENTS }: RunWork,
): Promise<void> {
  for (;;) {
    beat();
    const [row] = await database.$queryRaw<{ due: bigint }[]>`
      SELECT count(*) AS due
        FROM (SELECT 1 FROM supplier_event e WHERE e.tenant_id = ${tenant} AND e.start_due_us <= now_us()
               LIMIT ${mostDue}) x`;
    if ((row?.due ?? 0n) < mostDue) return;
    await sleep(PAUSE_MS);
  }
}
