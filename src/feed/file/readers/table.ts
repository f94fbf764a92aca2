import { RECORD_CHARS, shortened, type BadRow, type ReadSettings, type Row } from '../row.ts';
import { UnreadableFile } from '../unreadable-file.ts';

/** A record of a table before anybody knows its columns. */
export interface TableRecord {
  line: number;
  cells: string[];
  text: string;
  /** Which of its cells are dates of a spreadsheet, by their index. */
  dates?: readonly number[] | undefined;
  /** The file ends within its line. */
  isOpen?: boolean;
}

export interface Table {
  columns: readonly string[];
  rows: AsyncGenerator<Row | BadRow>;
}

type Records = AsyncGenerator<(TableRecord | BadRow)[]>;

const isBlank = (cell: string): boolean => cell.trim() === '';

/** A line of dashes or delimiters names no column. */
const namesSomething = (cells: readonly string[]): boolean =>
  cells.some((cell) => /[\p{L}\p{N}]/u.test(cell));

const hasControls = (cells: readonly string[]): boolean =>
  cells.some((cell) => /[^\P{Cc}\t\n\r]/u.test(cell));

/**
 * Finds the header and makes rows of what follows it. Records of nothing but blanks are none.
 *
 * @throws UnreadableFile without a header
 */
export async function readTable(records: Records, { header }: ReadSettings): Promise<Table> {
  const begun = await findHeader(records, header);
  const { columns, rest } = begun;
  return { columns, rows: rowsOf(rest, records, columns) };
}

interface Begun {
  columns: readonly string[];
  /** What came with the header, and follows it. */
  rest: (TableRecord | BadRow)[];
}

async function findHeader(records: Records, header: number | undefined): Promise<Begun> {
  for (let next = await records.next(); !next.done; next = await records.next()) {
    const block = next.value;
    const index = block.findIndex(
      (record) =>
        record.line >= (header ?? 0) &&
        ('fault' in record || namesSomething(record.cells) || hasControls(record.cells)),
    );
    const record = block[index];
    if (!record) continue;
    if (header !== undefined && header > 0 && record.line !== header) break;
    if ('fault' in record) {
      throw new UnreadableFile(`Line ${record.line}, which is to name the columns, ${record.fault}.`);
    }
    if (hasControls(record.cells)) {
      throw new UnreadableFile(
        `Line ${record.line}, which is to name the columns, has characters that stand in no text: the file is none, or in another encoding.`,
      );
    }
    if (header === 0)
      return { columns: record.cells.map((_, at) => String(at + 1)), rest: block.slice(index) };
    return { columns: withoutBlanks(record.cells, 0), rest: block.slice(index + 1) };
  }
  if (header)
    throw new UnreadableFile(`Line ${header}, which is to name the columns, is blank or not there.`);
  throw new UnreadableFile('The file has nothing but blank lines.');
}

async function* rowsOf(
  first: (TableRecord | BadRow)[],
  records: Records,
  columns: readonly string[],
): AsyncGenerator<Row | BadRow> {
  /** Rows so far, while each had all its cells. */
  let full = 0;
  const take = (record: TableRecord | BadRow): Row | BadRow | undefined => {
    if ('fault' in record) return record;
    const { line, cells, text } = record;
    if (cells.every(isBlank)) return undefined;
    if (cells.length >= columns.length) full += 1;
    else if (record.isOpen && full > 0) throw cutInLine(line);
    else full = -Infinity;
    if (text.length > RECORD_CHARS) {
      return { line, fault: `is longer than ${RECORD_CHARS / 1024} Ki characters`, text: shortened(text) };
    }
    return {
      ...{ line, cells: withoutBlanks(cells, columns.length), value: undefined, text: shortened(text) },
      ...(record.isOpen && { isOpen: true }),
      ...(record.dates && { dates: record.dates }),
    };
  };
  try {
    for (const record of first) {
      const row = take(record);
      if (row) yield row;
    }
    for await (const block of records) {
      for (const record of block) {
        const row = take(record);
        if (row) yield row;
      }
    }
  } finally {
    await records.return(undefined);
  }
}

/** Cells without the blank ones at the end that stand behind the first `least`. */
function withoutBlanks(cells: string[], least: number): string[] {
  let end = cells.length;
  while (end > least && isBlank(cells[end - 1] ?? '')) end -= 1;
  return end === cells.length ? cells : cells.slice(0, end);
}

function cutInLine(line: number): UnreadableFile {
  return new UnreadableFile(
    `The file ends in the middle of line ${line}, which has fewer cells than all the others: it was cut. Send it again.`,
  );
}
