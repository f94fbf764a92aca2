import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { createGzip } from 'node:zlib';

export interface WrittenLines {
  lines: number;
  bytes: number;
  /** Of the compressed bytes. */
  sha256: string;
}

/** Writes a compressed file of lines, as slowly as they come and as the disk takes them. */
export async function writeLines(
  folder: string,
  name: string,
  lines: AsyncIterable<string>,
): Promise<WrittenLines> {
  const hash = createHash('sha256');
  const told = { lines: 0, bytes: 0 };
  await putWhole(folder, name, async (put) => {
    const gzip = createGzip();
    const written = (async () => {
      for await (const chunk of gzip as AsyncIterable<Buffer>) {
        hash.update(chunk);
        told.bytes += chunk.length;
        await put(chunk);
      }
    })();
    written.catch(() => undefined);
    try {
      for await (const line of lines) {
        told.lines += 1;
        // Whoever takes the bytes may have failed: then nobody would ever say that there is room again.
        if (!gzip.write(`${line}\n`))
          await Promise.race([written, new Promise((go) => gzip.once('drain', go))]);
      }
      gzip.end();
      await written;
    } catch (error) {
      gzip.destroy();
      await written.catch(() => undefined);
      throw error;
    }
  });
  return { ...told, sha256: hash.digest('hex') };
}

export function writeWhole(folder: string, name: string, text: string): Promise<void> {
  return putWhole(folder, name, (put) => put(Buffer.from(text)));
}

/** Under its name there is the whole file or none, also after a loss of power. */
async function putWhole(
  folder: string,
  name: string,
  fill: (put: (bytes: Buffer) => Promise<void>) => Promise<void>,
): Promise<void> {
  const partial = path.join(folder, `.${name}.partial`);
  try {
    const file = await open(partial, 'w', 0o600);
    try {
      await fill((bytes) => file.writeFile(bytes));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path.join(folder, name));
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
  const directory = await open(folder, 'r');
  await directory.sync().finally(() => directory.close());
}
