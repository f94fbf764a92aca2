import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Spooled {
  file: string;
  remove(): Promise<void>;
}

/** Keeps what comes on disk: the index of a zip is at its end. What breaks leaves nothing behind. */
export async function spool(chunks: AsyncIterable<Buffer>): Promise<Spooled> {
  const folder = await mkdtemp(path.join(tmpdir(), 'catalog-sync-feed-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const file = path.join(folder, 'packed');
    await pipeline(Readable.from(chunks), createWriteStream(file, { mode: 0o600 }));
    return { file, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
