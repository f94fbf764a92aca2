import { RECORD_CHARS, shortened, type BadRow } from '../../row.ts';
import { UnreadableFile } from '../../unreadable-file.ts';
import type { Zip } from '../../zip.ts';
import type { TableRecord } from '../table.ts';
import { numberText } from './number-text.ts';
import { partPieces } from './part.ts';
import type { NumberKind } from './styles.ts';

const MOST_COLUMNS = 16_384;
const MOST_ROWS = 1_048_576;
/** So many empty cells a row may have between others, unless another row has more cells that are not: each costs its file a few bytes and us a column. */
const MOST_EMPTY = 1_000;

export interface CellRules {
  strings: readonly string[];
  styles: readonly NumberKind[];
  from1904: boolean;
}

/** The rows of a sheet, in the order of its file; rows without cells are not there. @throws UnreadableFile */
export async function* sheetRows(
  zip: Zip,
  part: string,
  rules: CellRules,
): AsyncGenerator<(TableRecord | BadRow)[]> {
  let rows: (TableRecord | BadRow)[] = [];
  let number = 0;
  let cells: string[] = [];
  let dates: number[] | undefined;
  let chars = 0;
  let filled = 0;
  let isSparse = false;
  let next = 0;
  let most = MOST_EMPTY;
  let cell: { column: number; type: string; style: number; text: string } | undefined;
  let isText = false;
  let sounds = 0;
  const pieces = partPieces(zip, part, {
    open(name, { r, t = 'n', s = '0' }) {
      if (name === 'row') {
        number = r === undefined ? number + 1 : Number(r);
        if (!(Number.isInteger(number) && number >= 1 && number <= MOST_ROWS)) throw tooFar(r ?? number);
        [cells, dates, chars, filled, isSparse, next] = [[], undefined, 0, 0, false, 0];
      } else if (name === 'c') {
        const column = columnOf(r) ?? next;
        next = column + 1;
        cell = { column, type: t, style: Number(s), text: '' };
      } else if (name === 'rPh') {
        sounds += 1;
      }
      isText = (name === 'v' || name === 't') && sounds === 0;
    },
    text(more) {
      if (isText && cell && chars + cell.text.length <= RECORD_CHARS) cell.text += more;
    },
    close(name) {
      isText = false;
      if (name === 'rPh') sounds -= 1;
      if (name === 'c' && cell) put(cell);
      if (name === 'row') rows.push(finish());
    },
  });
  for await (const _ of pieces) {
    yield rows;
    rows = [];
  }

  function put({ column, type, style, text }: NonNullable<typeof cell>): void {
    cell = undefined;
    if (column >= MOST_COLUMNS || chars > RECORD_CHARS || text === '' || isSparse) return;
    filled += 1;
    most = Math.max(most, filled);
    isSparse = column + 1 - filled > most;
    if (isSparse) return;
    while (cells.length < column) cells.push('');
    cells[column] = textOf(type, style, text);
    chars += cells[column].length;
    if (isDate(type, cells[column])) (dates ??= []).push(column);
  }

  function textOf(type: string, style: number, text: string): string {
    if (type === 's') return rules.strings[Number(text)] ?? '';
    if (type === 'b') return text === '1' ? 'TRUE' : 'FALSE';
    return type === 'n' ? numberText(text, rules.styles[style] ?? 'number', rules.from1904) : text;
  }

  function finish(): TableRecord | BadRow {
    const text = shortened(cells.join('\t'));
    if (isSparse) return { line: number, fault: `has more than ${most} empty cells between others`, text };
    if (chars <= RECORD_CHARS) return { line: number, cells, dates, text };
    return { line: number, fault: `is longer than ${RECORD_CHARS / 1024} Ki characters`, text };
  }
}

/** No other number is written like one. */
function isDate(type: string, text: string): boolean {
  return type === 'd' || (type === 'n' && /^\d{4}-\d\d-\d\d/.test(text));
}

function tooFar(row: string | number): UnreadableFile {
  return new UnreadableFile(
    `The sheet has a row ${row}: a sheet has rows from 1 to ${MOST_ROWS}. Save it anew.`,
  );
}

/** From 0, of a reference like `AB12`. */
function columnOf(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/i.exec(reference ?? '')?.[0].toUpperCase();
  if (letters === undefined) return undefined;
  let column = 0;
  for (const letter of letters) column = column * 26 + (letter.charCodeAt(0) - 64);
  return column - 1;
}
