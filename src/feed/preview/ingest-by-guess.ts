import type { Database } from '../../database/client.ts';
import { recordSupplierEvents, type ReceiptStatus } from '../../ledger/record-supplier-events.ts';
import { DELIVERY_EVENTS } from '../../intake/supplier-event-schema.ts';
import { openFile } from '../run/open-file.ts';
import { eventsOfRows } from '../run/events-of-rows.ts';
import { rowBatches } from '../run/row-batches.ts';
import { sumUpRows } from '../run/sum-up-rows.ts';
import type { PreviewedFile } from './preview-file.ts';

export interface GuessedCounts extends Record<ReceiptStatus, number> {
  rows: number;
  refused: number;
}

/**
 * Puts a file's events into the ledger by a definition that is no feed's: once, without a run, by somebody who has seen
 * the preview. The same file again does no harm: its events are duplicates then.
 *
 * @throws UnreadableFile: what stands before the place is in the ledger
 */
export async function ingestByGuess(
  database: Database,
  file: PreviewedFile,
  work: { onProgress: (counts: Readonly<GuessedCounts>) => void; signal: AbortSignal },
): Promise<GuessedCounts> {
  const { tenant, supplier, definition, name, writtenAt, receivedAt } = file;
  const counts: GuessedCounts = { rows: 0, refused: 0, accepted: 0, duplicate: 0, conflict: 0 };
  const opened = await openFile(file.chunks, definition, { name, fileTime: writtenAt, receivedAt });
  for await (const { rows, upto } of rowBatches(opened.rows, 0)) {
    work.signal.throwIfAborted();
    const events = eventsOfRows(rows, opened, { tenant, supplier }).map(({ event }) => event);
    for (let start = 0; start < events.length; start += DELIVERY_EVENTS) {
      const delivery = { tenant, supplier, events: events.slice(start, start + DELIVERY_EVENTS) };
      for (const { status } of await recordSupplierEvents(database, delivery)) counts[status] += 1;
    }
    counts.rows = upto;
    counts.refused += sumUpRows(rows, opened).refused;
    work.onProgress(counts);
  }
  return counts;
}
