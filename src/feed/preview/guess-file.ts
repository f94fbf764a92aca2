import { isBad, type Row } from '../file/row.ts';
import { readFeedFile } from '../file/read-file.ts';
import { looksLikeRow } from '../mapping/guess-columns.ts';
import { guessFeed, type Guess } from '../mapping/guess.ts';

const SAMPLE_ROWS = 500;

/** Makes a definition out of the beginning of a file. @throws UnreadableFile */
export async function guessFile(
  chunks: AsyncIterable<Uint8Array>,
  { name, feed, supplier }: { name: string | undefined; feed: string; supplier: string },
): Promise<Guess> {
  const { found, columns, envelope, rows } = await readFeedFile(chunks, { name, mayBeRow: looksLikeRow });
  const sample: Row[] = [];
  for await (const row of rows) {
    if (!isBad(row)) sample.push(row);
    if (sample.length === SAMPLE_ROWS) break;
  }
  return guessFeed(
    { format: found.format, place: found.rows, columns, envelope, rows: sample },
    { feed, supplier },
  );
}
