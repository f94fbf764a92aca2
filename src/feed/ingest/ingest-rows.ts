import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../database/client.ts';
import { isDatabaseUnavailable } from '../../database/database-unavailable.ts';
import type { Rejection } from '../../domain/failure-modes.ts';
import { SAME_MOMENT } from '../../domain/same-moment.ts';
import { explainConflicts } from '../../intake/explain-conflict.ts';
import { boundNames, ignoredFields } from '../../intake/ignored-fields.ts';
import { sameMomentOfFile } from '../../intake/same-moment.ts';
import { DELIVERY_EVENTS } from '../../intake/supplier-event-schema.ts';
import {
  recordSupplierEvents,
  type IncomingEvent,
  type Receipt,
  type ReceiptStatus,
} from '../../ledger/record-supplier-events.ts';
import { isBad, type BadRow, type Row } from '../file/row.ts';
import { mapRow } from '../mapping/map-row.ts';
import { eventOf, type RowEvent } from '../run/events-of-rows.ts';
import type { OpenedFile } from '../run/open-file.ts';
import { rowsAtOnce } from '../run/row-batches.ts';
import type { Foresight } from './foresee.ts';

export interface IngestCounts extends Record<ReceiptStatus, number> {
  /** Records read, without the header and blank ones. */
  lines: number;
  /** Those of them that gave no event, or of which a part did not. */
  bad: number;
  /** Fields or columns that are not read; only when there are any. */
  ignored?: string[];
  /** Events that were taken, but are hardly meant so; only when there are any. */
  warnings?: number;
  /** Accepted events that are going to be rejected, by failure mode; only when there are any. */
  rejected?: Partial<Record<Rejection, number>>;
  /** Accepted events that wait for an alias of their code; only when there are any. */
  unknown?: number;
}

/** A record that gave no event, or one whose id the ledger knows with another content. */
export interface RefusedLine {
  line: number;
  status: 'bad' | 'conflict';
  reason: string;
}

/** A record that was taken, but is hardly meant so. */
export interface WarnedLine {
  line: number;
  status: 'warning';
  reason: string;
}

/** The file could not be read on, or the ledger not be written: everything before `line` is in it. */
export class IngestStopped extends Error {
  override name = 'IngestStopped';
  readonly line: number;

  constructor(line: number, cause: unknown) {
    super(`ingest stopped at line ${line}`, { cause });
    this.line = line;
  }
}

export interface IngestWork {
  onRefused: (refused: RefusedLine) => void;
  onWarned?: ((warned: WarnedLine) => void) | undefined;
  /** After every batch. */
  onProgress: (counts: Readonly<IngestCounts>) => void;
  /** Ends between two batches, by IngestStopped. */
  signal: AbortSignal;
  /** Waits before the tries after the first, in ms. */
  retryPausesMs?: readonly number[] | undefined;
}

export interface IngestedFile {
  tenant: string;
  supplier: string;
  opened: OpenedFile;
  /** Why an event is going to be rejected or held once it is accepted. */
  fate?: Foresight['fate'] | undefined;
}

const RETRY_PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000];

/**
 * Puts the events of a file into the ledger, without a run, in batches of 500 figures, at constant memory. A bad row is told
 * of and does not stop the rest. The same file again does no harm: its events are duplicates then.
 *
 * @throws IngestStopped, by UnreadableFile where the rest cannot be read
 */
export async function ingestRows(
  database: Database,
  file: IngestedFile,
  work: IngestWork,
): Promise<IngestCounts> {
  const counts: IngestCounts = { lines: 0, accepted: 0, duplicate: 0, conflict: 0, bad: 0 };
  const cameBefore = sameMomentOfFile();
  const atOnce = rowsAtOnce(file.opened.mapping);
  let batch: (Row | BadRow)[] = [];
  const flush = async (): Promise<void> => {
    const events = eventsOf(batch, file, counts, work);
    for (let start = 0; start < events.length; start += DELIVERY_EVENTS) {
      const taken = await send(
        events.slice(start, start + DELIVERY_EVENTS),
        { database, file, work },
        counts,
      );
      for (const { line } of taken.filter(({ event }) => cameBefore(event))) {
        counts.warnings = (counts.warnings ?? 0) + 1;
        work.onWarned?.({ line, status: 'warning', reason: SAME_MOMENT });
      }
    }
    batch = [];
    work.onProgress(counts);
  };

  let next = 1;
  try {
    for await (const row of file.opened.rows) {
      next = row.line;
      work.signal.throwIfAborted();
      next = row.line + 1;
      batch.push(row);
      if (batch.length === atOnce) await flush();
    }
    work.signal.throwIfAborted();
    await flush();
  } catch (error) {
    throw new IngestStopped(batch[0]?.line ?? next, error);
  }
  return counts;
}

/** What is refused of some rows is told and counted, once they are worked on. */
function eventsOf(
  rows: readonly (Row | BadRow)[],
  { opened: { mapping, context }, ...owner }: IngestedFile,
  counts: IngestCounts,
  { onRefused }: Pick<IngestWork, 'onRefused'>,
): RowEvent[] {
  const unread = mapping.asSent ? boundNames(mapping.unread) : [];
  const names = new Set(counts.ignored ?? mapping.unread);
  const events: RowEvent[] = [];
  for (const row of rows) {
    counts.lines += 1;
    if (isBad(row)) {
      counts.bad += 1;
      onRefused({ line: row.line, status: 'bad', reason: row.fault });
      continue;
    }
    const mapped = mapRow(row, mapping, context);
    if (mapped.refusals.length > 0) counts.bad += 1;
    for (const { reason } of mapped.refusals) onRefused({ line: row.line, status: 'bad', reason });
    // What else an export has is no field that its sender meant for us.
    const ignored =
      mapping.asSent && !row.cells && !Array.isArray(row.value) ? ignoredFields(row.value) : unread;
    for (const name of ignored) names.add(name);
    for (const event of mapped.events) {
      events.push({ line: row.line, event: { ...eventOf(event, owner), ignored } });
    }
  }
  if (names.size > 0) counts.ignored = boundNames(names);
  return events;
}

function noteFate(counts: IngestCounts, mode: ReturnType<Foresight['fate']>): void {
  if (mode === undefined) return;
  if (mode === 'unknown_sku') counts.unknown = (counts.unknown ?? 0) + 1;
  else counts.rejected = { ...counts.rejected, [mode]: (counts.rejected?.[mode] ?? 0) + 1 };
}

interface Sending {
  database: Database;
  file: IngestedFile;
  work: IngestWork;
}

/** @returns those that were not refused */
async function send(
  batch: readonly RowEvent[],
  { database, file, work }: Sending,
  counts: IngestCounts,
): Promise<RowEvent[]> {
  const receipts = await record(
    batch.map(({ event }) => event),
    { database, file, work },
  );
  const conflicts: RowEvent[] = [];
  const taken: RowEvent[] = [];
  for (const [index, { status }] of receipts.entries()) {
    counts[status] += 1;
    const one = batch[index];
    if (!one) continue;
    if (status === 'accepted') noteFate(counts, file.fate?.(one.event));
    (status === 'conflict' ? conflicts : taken).push(one);
  }
  if (conflicts.length > 0) await tellConflicts(conflicts, { database, file, work });
  return taken;
}

async function tellConflicts(
  conflicts: readonly RowEvent[],
  { database, file, work }: Sending,
): Promise<void> {
  const differences = await explainConflicts(
    database,
    file,
    conflicts.map(({ event }) => ({ ...event, location: event.location ?? '', pointer: '' })),
  );
  for (const [index, { line, event }] of conflicts.entries()) {
    const what = (differences[index] ?? []).map(
      ({ pointer = '', detail }) => `${pointer.slice(1)} ${detail}`,
    );
    const known = `the event id ${JSON.stringify(event.eventId)} is known with another content, which stays`;
    work.onRefused({ line, status: 'conflict', reason: [known, ...what].join('; ') });
  }
}

async function record(
  events: readonly IncomingEvent[],
  { database, file: { tenant, supplier }, work: { signal, retryPausesMs = RETRY_PAUSES_MS } }: Sending,
): Promise<Receipt[]> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await recordSupplierEvents(database, { tenant, supplier, events });
    } catch (error) {
      const pause = retryPausesMs[attempt];
      if (pause === undefined || !isDatabaseUnavailable(error) || signal.aborted) throw error;
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }
}
