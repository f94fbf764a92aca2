import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../database/client.ts';
import {
  recordSupplierEvents,
  type IncomingEvent,
  type ReceiptStatus,
} from '../../ledger/record-supplier-events.ts';
import { isDatabaseUnavailable } from '../../database/database-unavailable.ts';
import { SAME_MOMENT } from '../../domain/same-moment.ts';
import type { Rejection } from '../../domain/failure-modes.ts';
import { boundNames } from '../ignored-fields.ts';
import { sameMomentWatch } from '../same-moment.ts';
import { DELIVERY_EVENTS } from '../supplier-event-schema.ts';
import type { Foresight } from './foresee.ts';
import { csvParser, HeaderError, ndjsonParser, type Format, type LineParser } from './parse-line.ts';
import { LINE_BYTES, readLines } from './read-lines.ts';

export interface IngestCounts extends Record<ReceiptStatus, number> {
  /** Lines read, without the header and empty ones. */
  lines: number;
  bad: number;
  /** Fields or columns that are not read; only when there are any. */
  ignored?: string[];
  /** Lines that were taken, but are hardly meant so; only when there are any. */
  warnings?: number;
  /** Accepted events that are going to be rejected, by failure mode; only when there are any. */
  rejected?: Partial<Record<Rejection, number>>;
  /** Accepted events that wait for an alias of their code; only when there are any. */
  unknown?: number;
}

/** A line that gave no event, or one whose id the ledger knows with another content. */
export interface RefusedLine {
  line: number;
  status: 'bad' | 'conflict';
  reason: string;
}

/** A line that was taken, but is hardly meant so. */
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

export interface IngestOptions {
  database: Database;
  tenant: string;
  supplier: string;
  format: Format;
  chunks: AsyncIterable<Buffer>;
  /** Why an event is going to be rejected or held once it is accepted. */
  fate?: Foresight['fate'];
  onRefused: (refused: RefusedLine) => void;
  onWarned?: (warned: WarnedLine) => void;
  /** After every batch. */
  onProgress: (counts: Readonly<IngestCounts>) => void;
  /** Ends between two batches, by IngestStopped. */
  signal: AbortSignal;
  /** Waits before the tries after the first, in ms. */
  retryPausesMs?: readonly number[];
}

interface Numbered {
  line: number;
  event: IncomingEvent;
}

/** So many moments of items are remembered, for a warning: a file of several warehouses may have one after the other. */
const MOMENTS = 100_000;

const RETRY_PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000];

/**
 * Reads a file into the ledger, in batches of 500, at constant memory. A bad line is told of and does not stop the
 * rest. The same file again does no harm: its events are duplicates then.
 *
 * @throws HeaderError, IngestStopped
 */
export async function ingest(options: IngestOptions): Promise<IngestCounts> {
  const counts: IngestCounts = { lines: 0, accepted: 0, duplicate: 0, conflict: 0, bad: 0 };
  let parser: LineParser | undefined = options.format === 'ndjson' ? ndjsonParser(options) : undefined;
  let batch: Numbered[] = [];
  const cameBefore = sameMomentWatch(MOMENTS);
  const flush = async (): Promise<void> => {
    const taken = batch.length > 0 ? await send(batch, options, counts) : [];
    for (const { line } of taken.filter(({ event }) => cameBefore(event))) {
      counts.warnings = (counts.warnings ?? 0) + 1;
      options.onWarned?.({ line, status: 'warning', reason: SAME_MOMENT });
    }
    batch = [];
    options.onProgress(counts);
  };

  let next = 1;
  try {
    for await (const { number, bytes } of readLines(options.chunks)) {
      next = number;
      options.signal.throwIfAborted();
      next = number + 1;
      if (bytes?.length === 0) continue;
      if (!parser) {
        parser = csvParser(bytes ?? Buffer.alloc(0), options);
        continue;
      }
      counts.lines += 1;
      const parsed = bytes
        ? parser(bytes)
        : ({ ok: false, reason: `is longer than ${LINE_BYTES} bytes` } as const);
      if (parsed.ok) {
        batch.push({ line: number, event: parsed.event });
        if (batch.length === DELIVERY_EVENTS) await flush();
      } else {
        counts.bad += 1;
        options.onRefused({ line: number, status: 'bad', reason: parsed.reason });
      }
    }
    await flush();
  } catch (error) {
    if (error instanceof HeaderError) throw error;
    throw new IngestStopped(batch[0]?.line ?? next, error);
  }
  return counts;
}

function noteIgnored(counts: IngestCounts, events: readonly IncomingEvent[]): void {
  const names = events.flatMap(({ ignored = [] }) => ignored);
  if (names.length > 0) counts.ignored = boundNames([...(counts.ignored ?? []), ...names]);
}

function noteFate(counts: IngestCounts, mode: ReturnType<Foresight['fate']>): void {
  if (mode === undefined) return;
  if (mode === 'unknown_sku') counts.unknown = (counts.unknown ?? 0) + 1;
  else counts.rejected = { ...counts.rejected, [mode]: (counts.rejected?.[mode] ?? 0) + 1 };
}

/** @returns the lines that were not refused */
async function send(
  batch: readonly Numbered[],
  options: IngestOptions,
  counts: IngestCounts,
): Promise<Numbered[]> {
  const { database, tenant, supplier, retryPausesMs = RETRY_PAUSES_MS } = options;
  const events = batch.map(({ event }) => event);
  for (let attempt = 0; ; attempt += 1) {
    try {
      const receipts = await recordSupplierEvents(database, { tenant, supplier, events });
      noteIgnored(counts, events);
      for (const [index, { status, eventId }] of receipts.entries()) {
        counts[status] += 1;
        const event = status === 'accepted' ? events[index] : undefined;
        if (event) noteFate(counts, options.fate?.(event));
        if (status !== 'conflict') continue;
        const reason = `the event id ${JSON.stringify(eventId)} is known with another content, which stays`;
        options.onRefused({ line: batch[index]?.line ?? 0, status, reason });
      }
      return batch.filter((_, index) => receipts[index]?.status !== 'conflict');
    } catch (error) {
      const pause = retryPausesMs[attempt];
      if (pause === undefined || !isDatabaseUnavailable(error) || options.signal.aborted) throw error;
      await sleep(pause, undefined, { signal: options.signal }).catch(() => undefined);
    }
  }
}
