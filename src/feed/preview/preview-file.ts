import type { Database } from '../../database/client.ts';
import type { Notices } from '../../domain/file-notices.ts';
import { formatTime, type Micros } from '../../domain/time.ts';
import { readAliasBook, type AliasBook } from '../../ledger/alias-book.ts';
import { isBad, type BadRow, type Found, type Row } from '../file/row.ts';
import { UnreadableFile } from '../file/unreadable-file.ts';
import { judgeFile, type FileVerdict } from '../guards/judge-file.ts';
import { foresee } from '../ingest/foresee.ts';
import { mapRow } from '../mapping/map-row.ts';
import { noticer, type Noticer } from '../run/notices.ts';
import { columnFaults, openFile, type OpenedFile } from '../run/open-file.ts';
import { rowBatches } from '../run/row-batches.ts';
import { snapshotTime } from '../run/snapshot-time.ts';
import { noRows, sumUpRows } from '../run/sum-up-rows.ts';
import { usualRows } from '../run/usual-rows.ts';
import type { ReadingDefinition } from '../store/definition-of.ts';
import { byAlias, unknownCodes, type PreviewedUnknown } from './by-alias.ts';
import { previewCounts, type PreviewedChanges } from './preview-counts.ts';
import { refusedLines, type RefusedAlike } from './refused-lines.ts';
import { collectItems } from './told-items.ts';

const SHOWN_ROWS = 20;

/** An event that a row would become. */
export interface PreviewedEvent {
  line: number;
  sku: string;
  /** What the file calls it, where an alias says its SKU; the quantity is in pieces then. */
  code?: string;
  /** Nobody knows its code: it would wait for an alias. */
  unknown?: true;
  quantity: number;
  updatedAt: string;
  location?: string;
  id?: string;
}

export interface Preview {
  found: Found;
  /** Columns that nothing reads. */
  unread: readonly string[];
  /** What the first rows would become. */
  events: PreviewedEvent[];
  /** Those of the first rows that are refused, each with its reason. */
  refusedRows: { line: number; code: string; reason: string }[];
  rows: number;
  refused: number;
  figures: number;
  refusals: RefusedAlike[];
  /** Why the rest cannot be read: such a file fails, and nothing of it flows. */
  unreadable: string | undefined;
  /** What the guards would say. */
  guards: FileVerdict;
  /** Of the supplier's figures above 0: how many would be 0; and which items would change. */
  changes: Omit<PreviewedChanges, 'known'>;
  /** What is to be known of its events beside: they would be taken all the same. */
  notices: Notices;
  /** Why its events would be held in any case, in words: a closed tenant or supplier. */
  closed: string | undefined;
  /** Codes without an alias whose events would wait for one (unknown_sku). */
  unknown: PreviewedUnknown;
}

export interface PreviewedFile {
  chunks: AsyncIterable<Uint8Array>;
  name: string | undefined;
  writtenAt: Micros | undefined;
  receivedAt: Micros;
  tenant: string;
  supplier: string;
  /** Of which feed it would be a run; undefined: of none that there is. */
  feed: string | undefined;
  definition: ReadingDefinition;
}

/** Says what a file would do, and writes nothing. @throws UnreadableFile where not even its first rows can be read */
export async function previewFile(database: Database, file: PreviewedFile): Promise<Preview> {
  const { definition, name, writtenAt, receivedAt } = file;
  const opened = await openFile(file.chunks, definition, { name, fileTime: writtenAt, receivedAt });
  const [aliases, foreseen] = await Promise.all([readAliasBook(database, file), foresee(database, file)]);
  const read = await readAll(opened, aliases, noticer(foreseen?.fate));
  const timed = { fileTimeUs: writtenAt ?? null, newestUs: read.newest ?? null, createdAtUs: receivedAt };
  const snapshot = definition.kind === 'snapshot' ? snapshotTime(timed, definition) : null;
  const { known, ...changes } = await previewCounts(database, file, read.items(), snapshot);
  const { rows, refused, figures, zeros } = read;
  const usual = file.feed === undefined ? undefined : await usualRows(database, file.tenant, file.feed);
  const counts = {
    rows,
    refused,
    figures,
    zeros,
    usualRows: usual,
    known,
    ...changes,
    ...columnFaults(opened),
  };
  return {
    ...{ found: opened.found, unread: opened.mapping.unread, events: read.events },
    ...{ refusedRows: read.refusedRows, rows, refused, figures },
    ...{
      refusals: read.refusals(),
      unreadable: read.unreadable,
      guards: judgeFile(counts, definition),
    },
    ...{ changes, notices: read.notices, closed: foreseen?.closed, unknown: read.unknown.seen() },
  };
}

async function readAll(opened: OpenedFile, aliases: AliasBook, notice: Noticer) {
  const items = collectItems();
  const refusals = refusedLines();
  const read = {
    ...{
      rows: 0,
      refused: 0,
      figures: 0,
      zeros: 0,
      events: [] as PreviewedEvent[],
      refusedRows: [] as Preview['refusedRows'],
      notices: {} as Notices,
      refusals: refusals.all,
      items: items.items,
    },
    newest: undefined as Micros | undefined,
    unknown: unknownCodes(aliases),
    unreadable: undefined as string | undefined,
  };
  const mapped = opened.mapping.faults.length === 0;
  try {
    for await (const { rows, before, upto } of rowBatches(opened.rows, 0)) {
      read.rows = upto;
      if (!mapped) continue;
      if (before === 0) {
        const first = rows.slice(0, SHOWN_ROWS);
        read.events = eventsOf(first, opened, aliases);
        read.refusedRows = sumUpRows(first, opened).refusals.map(({ line, code, reason }) => ({
          ...{ line, code, reason },
        }));
      }
      const sum = sumUpRows(rows, opened, { ...noRows(), notices: read.notices }, notice);
      read.refused += sum.refused;
      read.figures += sum.figures;
      read.zeros += sum.zeros;
      if (sum.newestUs !== undefined && (read.newest === undefined || sum.newestUs > read.newest))
        read.newest = sum.newestUs;
      read.unknown.add(sum.items);
      items.add(sum.items);
      refusals.add(sum.refusals);
    }
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    read.unreadable = error.message;
  }
  return read;
}

function eventsOf(
  rows: readonly (Row | BadRow)[],
  { mapping, context }: OpenedFile,
  aliases: AliasBook,
): PreviewedEvent[] {
  return rows.flatMap((row) =>
    isBad(row)
      ? []
      : mapRow(row, mapping, context).events.map(({ updatedAt, location, id, ...event }) => ({
          ...{ line: row.line, ...byAlias(event, aliases), updatedAt: formatTime(updatedAt) },
          ...(location !== '' && { location }),
          ...(id !== undefined && { id }),
        })),
  );
}
