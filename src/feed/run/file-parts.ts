import { createHash } from 'node:crypto';
import type { Database } from '../../database/client.ts';
import { UnreadableFile } from '../file/unreadable-file.ts';
import { RunGone } from './run-gone.ts';

const PART_BYTES = 256 * 1024;
/** So much is parsed in a few milliseconds; what comes live has its turn in between. */
const PIECE_BYTES = 16 * 1024;
/** As it comes: most are packed, and a row has some 50 bytes. */
export const MOST_FILE_BYTES = 1024 ** 3;

/** More than a file may have came. */
export class FileTooLarge extends Error {
  override name = 'FileTooLarge';

  constructor() {
    super(`The file has more than ${MOST_FILE_BYTES / 1024 ** 3} GiB: pack it, or cut it into several.`);
  }
}

/** What is kept is not what came. */
export class PartsDiffer extends UnreadableFile {
  constructor() {
    super('What is kept of it is not the file that came: have it fetched, or hand it in, again.');
  }
}

/**
 * Keeps a run's file as it comes, holding one part at a time.
 *
 * @param while the state in which the run takes it
 * @throws RunGone, FileTooLarge, and what the source throws
 * @returns its SHA-256
 */
export async function storeParts(
  database: Pick<Database, '$executeRaw'>,
  run: { id: string; while: 'receiving' | 'fetching' },
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ digest: Uint8Array<ArrayBuffer>; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  let part = 0;
  for await (const piece of inParts(chunks)) {
    hash.update(piece);
    bytes += piece.length;
    if (bytes > MOST_FILE_BYTES) throw new FileTooLarge();
    part += 1;
    // What a sender goes on with is not given up.
    const kept = await database.$executeRaw`
      WITH run AS (
        UPDATE feed_run
           SET file_bytes = ${BigInt(bytes)},
               start_due_us = CASE state WHEN 'receiving' THEN now_us() + 600000000 ELSE start_due_us END
         WHERE id = ${run.id} AND state = ${run.while} RETURNING id)
      INSERT INTO feed_file (run_id, part, bytes) SELECT id, ${part}::integer, ${piece}::bytea FROM run
      ON CONFLICT (run_id, part) DO NOTHING`;
    if (kept === 0) throw new RunGone();
  }
  return { digest: new Uint8Array(hash.digest()), bytes };
}

/**
 * A run's file, part by part. It came twice at once where a try that was given up went on, or parts are gone: a part
 * of a file must not pass as the whole.
 *
 * @throws PartsDiffer at the end
 */
export async function* readParts(
  database: Pick<Database, 'feedFile'>,
  { id, fileDigest }: { id: string; fileDigest: Uint8Array | null },
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for (let part = 1; ; part += 1) {
    const row = await database.feedFile.findUnique({ where: { runId_part: { runId: id, part } } });
    if (!row) break;
    hash.update(row.bytes);
    for (let start = 0; start < row.bytes.length; start += PIECE_BYTES) {
      yield row.bytes.subarray(start, start + PIECE_BYTES);
    }
  }
  if (!fileDigest || !hash.digest().equals(fileDigest)) throw new PartsDiffer();
}

async function* inParts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer<ArrayBuffer>> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length;) {
      const piece = chunk.subarray(start, start + PART_BYTES - length);
      pieces.push(piece);
      length += piece.length;
      start += piece.length;
      if (length < PART_BYTES) continue;
      yield Buffer.concat(pieces, length);
      pieces = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(pieces, length);
}
