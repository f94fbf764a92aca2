import { readFeedFile } from '../../src/feed/file/read-file.ts';
import { isBad } from '../../src/feed/file/row.ts';
import { figure, table } from '../report/markdown.ts';
import { bytesOf, MADE_FILES, type MadeFile } from './made-files.ts';

const RECORDS = 1_000_000;
const MIB = 2 ** 20;

/** Rows a second of files of a million, and the most memory of this process in each quarter of them. */
export async function readFiles(say: (line: string) => void): Promise<string> {
  const rows: string[][] = [];
  for (const file of MADE_FILES) {
    say(`feeds: ${file.name}`);
    rows.push(await readOne(file));
  }
  const heads = ['a million of', 'rows/s', 'memory in the first quarter, MiB', 'second', 'third', 'last'];
  return table(heads, rows);
}

async function readOne(file: MadeFile): Promise<string[]> {
  const most = [0, 0, 0, 0];
  let count = 0;
  const begun = performance.now();
  const { rows } = await readFeedFile(bytesOf(file, RECORDS), { name: file.name });
  for await (const row of rows) {
    if (isBad(row)) throw new Error(`${file.name}: row ${row.line} ${row.fault}`);
    count += 1;
    if (count % 10_000 > 0) continue;
    const quarter = Math.min(3, Math.floor((count * 4) / RECORDS));
    most[quarter] = Math.max(most[quarter] ?? 0, process.memoryUsage.rss());
  }
  if (count < RECORDS) throw new Error(`${file.name}: ${count} rows`);
  const seconds = (performance.now() - begun) / 1000;
  return [file.name, figure(count / seconds), ...most.map((bytes) => figure(bytes / MIB))];
}
