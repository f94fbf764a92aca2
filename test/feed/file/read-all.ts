import { readFeedFile } from '../../../src/feed/file/read-file.ts';
import {
  isBad,
  type BadRow,
  type FileContents,
  type ReadSettings,
  type Row,
} from '../../../src/feed/file/row.ts';

export interface WholeFile extends Omit<FileContents, 'rows'> {
  rows: Row[];
  bad: BadRow[];
}

/** Sizes of the pieces in which a file comes: what is cut in two has to be put together. */
export const PIECE_SIZES = [1, 7, 1 << 20];

export async function* inPieces(content: Buffer | string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(content);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

export async function readAll(
  content: Buffer | string,
  how: ReadSettings = {},
  size = 1 << 20,
): Promise<WholeFile> {
  const { rows, ...file } = await readFeedFile(inPieces(content, size), how);
  const whole: WholeFile = { ...file, rows: [], bad: [] };
  for await (const row of rows) {
    if (isBad(row)) whole.bad.push(row);
    else whole.rows.push(row);
  }
  return whole;
}

/** What a file gives, without the text of its rows. */
export async function readShort(
  content: Buffer | string,
  how: ReadSettings = {},
  size = 1 << 20,
): Promise<{ columns: readonly string[] | undefined; rows: unknown[] }> {
  const { columns, rows, bad } = await readAll(content, how, size);
  return {
    columns,
    rows: [
      ...rows.map(({ line, cells, value }) => [line, cells ?? value] as const),
      ...bad.map(({ line, fault }) => [line, fault] as const),
    ].toSorted(([one], [other]) => one - other),
  };
}
