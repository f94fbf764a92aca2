import { parse } from 'csv-parse/sync';
import { findDialect, type Dialect } from '../dialect.ts';
import type { BadRow, ReaderResult, ReadSettings } from '../row.ts';
import type { TextFile } from '../text-file.ts';
import { UnreadableFile } from '../unreadable-file.ts';
import { recordCutter, type Cut } from './cut-records.ts';
import { readTable, type TableRecord } from './table.ts';

/** A table in text. @throws UnreadableFile, also from its rows */
export async function readCsv(file: TextFile, how: ReadSettings): Promise<ReaderResult> {
  const dialect = findDialect(file.sample, how);
  const table = await readTable(records(file.text, dialect), how);
  return { ...table, found: { delimiter: dialect.delimiter, place: 'line' } };
}

async function* records(
  text: AsyncIterable<string>,
  dialect: Dialect,
): AsyncGenerator<(TableRecord | BadRow)[]> {
  const cutter = recordCutter(dialect);
  for await (const chunk of text) yield toRecords(cutter.write(chunk), dialect);
  yield toRecords(cutter.end(), dialect);
}

function toRecords(cuts: readonly Cut[], dialect: Dialect): (TableRecord | BadRow)[] {
  const lines = cuts.filter((cut) => !isNoRecord(cut, dialect));
  const quoted = lines
    .filter((cut) => cut.quoted && isWhole(cut))
    .map(({ text, trimmed }) => trimmed ?? text);
  const cells = cellsOfQuoted(quoted, dialect);
  let next = 0;
  return lines.map((cut) => {
    const { line, text, fault } = cut;
    if (fault !== undefined) return { line, fault, text };
    if (cut.unclosed) throw unclosed(line);
    const own = cut.quoted ? cells[next++] : text.split(dialect.delimiter);
    if (!own) return { line, fault: 'has quotes that cannot be read', text };
    return { line, cells: text.includes('="') ? own.map(withoutFormula) : own, text, isOpen: !cut.ended };
  });
}

/** `="0012"`: a formula that is a text, so that a spreadsheet does not make a number of it. */
function withoutFormula(cell: string): string {
  const text = /^\s*="((?:[^"]|"")*)"\s*$/.exec(cell)?.[1];
  return text === undefined ? cell : text.replaceAll('""', '"');
}

const isWhole = ({ fault, unclosed: open }: Cut): boolean => fault === undefined && open !== true;

/** Blank, Excel's hint, or the mark with which old programs end a file. */
function isNoRecord({ line, text }: Cut, { hasHint }: Dialect): boolean {
  return text === '' || text === '\u001a' || (hasHint && line === 1);
}

/** All of a block at once, since a parser costs more than a record. */
function cellsOfQuoted(
  texts: readonly string[],
  { delimiter, quote, newline }: Dialect,
): (string[] | undefined)[] {
  if (texts.length === 0) return [];
  const read = (text: string): string[][] =>
    parse(text, {
      delimiter,
      quote: quote ?? null,
      escape: quote ?? null,
      record_delimiter: newline,
      relax_column_count: true,
      relax_quotes: true,
    });
  const all = read(texts.join(newline));
  if (all.length === texts.length) return all;
  return texts.map((text) => {
    const [cells, ...more] = read(text);
    return more.length === 0 ? cells : undefined;
  });
}

function unclosed(line: number): UnreadableFile {
  return new UnreadableFile(
    `A quote that opens in line ${line} is closed nowhere: the file was cut, or the line has a quote too many (then set quote: none).`,
  );
}
