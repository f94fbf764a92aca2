import { feedSchema } from '../definition/feed-schema.ts';
import { readFeedFile } from '../file/read-file.ts';
import { isBad, type BadRow, type Found, type ReadSettings, type Row } from '../file/row.ts';
import { findColumn } from '../mapping/columns.ts';
import { foldName } from '../mapping/fold-name.ts';
import { looksLikeRow, namesOfValues } from '../mapping/guess-columns.ts';
import { mayBeRow } from '../mapping/may-be-row.ts';

const ROWS = 20;
/** What a person can look over; the rest may still be named in the document. */
const COLUMNS = 200;
const CELL_CHARACTERS = 300;

/** The beginning of a sample as it stands, for whoever says what its columns mean. */
export interface SampleRows {
  found: Found;
  /** `column` is how a document names it: by its number where its name is blank, or there twice. */
  columns: { column: string | number; title: string }[];
  rows: { line: number; cells: string[] }[];
}

/** @param document may be none yet: what is right in it is heeded. @throws UnreadableFile */
export async function sampleRows(
  chunks: AsyncIterable<Uint8Array>,
  { name, document }: { name: string | undefined; document: unknown },
): Promise<SampleRows> {
  const settings = settingsOf(document);
  const { found, columns, rows } = await readFeedFile(chunks, { ...settings, name });
  const first: (Row | BadRow)[] = [];
  for await (const row of rows) {
    first.push(row);
    if (first.length === ROWS) break;
  }
  const good = first.filter((row): row is Row => !isBad(row));
  if (columns === undefined && good.every(({ cells }) => cells === undefined)) {
    return { found, ...ofValues(first, good, found) };
  }
  const width = Math.max(columns?.length ?? 0, ...good.map(({ cells }) => cells?.length ?? 0));
  return {
    found,
    columns: ofTable(settings.header === 0 ? undefined : columns, Math.min(width, COLUMNS)),
    rows: first.map((row) => ({ line: row.line, cells: (cellsOf(row) ?? []).slice(0, COLUMNS).map(short) })),
  };
}

const SETTINGS = ['format', 'encoding', 'delimiter', 'quote', 'header', 'sheet', 'rows', 'entry'] as const;

function settingsOf(document: unknown): ReadSettings {
  const loose = (document ?? {}) as Record<string, unknown>;
  const columns = feedSchema.shape.columns.safeParse(loose['columns']).data;
  const settings = Object.fromEntries(
    SETTINGS.map((key) => [key, feedSchema.shape[key].safeParse(loose[key]).data]),
  ) as ReadSettings;
  return { ...settings, mayBeRow: columns ? mayBeRow(columns) : looksLikeRow };
}

function ofTable(names: readonly string[] | undefined, width: number): SampleRows['columns'] {
  const folded = names?.map(foldName) ?? [];
  return Array.from({ length: width }, (_, index) => {
    const name = names?.[index]?.trim() ?? '';
    const isOnly = folded.indexOf(foldName(name)) === folded.lastIndexOf(foldName(name));
    return { column: name !== '' && isOnly ? name : index + 1, title: short(name) };
  });
}

function ofValues(
  all: readonly (Row | BadRow)[],
  good: readonly Row[],
  { format }: Found,
): Pick<SampleRows, 'columns' | 'rows'> {
  const names = namesOfValues({ rows: good, format }).slice(0, COLUMNS);
  const readers = names.flatMap((name) => {
    const column = findColumn(name, undefined);
    return column.ok ? [column.read] : [];
  });
  return {
    columns: names.map((name) => ({ column: name, title: short(name) })),
    rows: all.map((row) => ({
      line: row.line,
      cells: isBad(row) ? [short(row.text)] : readers.map((read) => textOf(read(row))),
    })),
  };
}

/** A record that cannot be read is shown as it stands. */
function cellsOf(row: Row | BadRow): readonly string[] | undefined {
  return isBad(row) ? [row.text] : row.cells;
}

/** A value with parts is no cell. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? short(String(value))
    : '';
}

function short(text: string): string {
  return text.length > CELL_CHARACTERS ? `${text.slice(0, CELL_CHARACTERS).toWellFormed()}…` : text;
}
