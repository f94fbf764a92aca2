import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { createGzip } from 'node:zlib';
import { formatTime, type Micros } from '../domain/time.ts';
import { archiveFileName } from './archive-words.ts';
import type { ArchiveLine } from './read-archive-lines.ts';

/** A file of an archive, as its manifest tells it. */
interface ArchivedFile {
  name: string;
  events: number;
  firstReceivedAt: string;
  lastReceivedAt: string;
  bytes: number;
  sha256: string;
}

/** The archive cannot be written; nothing was pruned that is not in it. The message says why. */
export class ArchiveError extends Error {
  override name = 'ArchiveError';
}

export interface Archive {
  /** Writes a file that is whole on the disk, and named by the manifest, when this resolves. @returns its number */
  write(lines: AsyncIterable<ArchiveLine>): Promise<number>;
  /** Says in the manifest how the run ended; without any file the folder goes. @returns whether there is a file */
  end(state: string, pruned: number): Promise<boolean>;
}

/** Of the manifest and of the lines. */
const FORMAT = 1;

/**
 * Makes an archive's folder.
 *
 * @throws ArchiveError
 */
export function openArchive(
  folder: string,
  about: { tenant: string; cutoff: Micros; madeAt: Micros },
): Promise<Archive> {
  return inWords(folder, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const files: ArchivedFile[] = [];
    const tell = (state: string, pruned?: number): Promise<void> =>
      writeWhole(
        folder,
        'manifest.json',
        `${JSON.stringify(
          {
            format: FORMAT,
            tenant: about.tenant,
            receivedBefore: formatTime(about.cutoff),
            madeAt: formatTime(about.madeAt),
            state,
            events: files.reduce((sum, { events }) => sum + events, 0),
            // Fewer than were written: the others were needed again by then, and are still in the ledger.
            ...(pruned !== undefined && { pruned }),
            files,
          },
          null,
          2,
        )}\n`,
      );
    await tell('running');
    return {
      write: (lines) =>
        inWords(folder, async () => {
          files.push(await writeFile(folder, archiveFileName(files.length + 1), lines));
          await tell('running');
          return files.length;
        }),
      end: (state, pruned) =>
        inWords(folder, async () => {
          if (files.length > 0) await tell(state, pruned);
          else await rm(folder, { recursive: true, force: true });
          return files.length > 0;
        }),
    };
  });
}

async function writeFile(
  folder: string,
  name: string,
  lines: AsyncIterable<ArchiveLine>,
): Promise<ArchivedFile> {
  const hash = createHash('sha256');
  const told = {
    events: 0,
    first: undefined as Micros | undefined,
    last: undefined as Micros | undefined,
    bytes: 0,
  };
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
      for await (const { line, receivedAt } of lines) {
        told.events += 1;
        if (told.first === undefined || receivedAt < told.first) told.first = receivedAt;
        if (told.last === undefined || receivedAt > told.last) told.last = receivedAt;
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
  return {
    name,
    events: told.events,
    firstReceivedAt: formatTime(told.first ?? 0n),
    lastReceivedAt: formatTime(told.last ?? 0n),
    bytes: told.bytes,
    sha256: hash.digest('hex'),
  };
}

function writeWhole(folder: string, name: string, text: string): Promise<void> {
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

async function inWords<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // What a query or a signal throws on the way is not the archive's.
    if (!isOfTheDisk(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ArchiveError(
      `The archive ${folder} cannot be written (${reason}). Nothing was pruned that is not in it; make room, or give\n` +
        'another folder, and prune again: it goes on where it stopped.',
      { cause: error },
    );
  }
}

const DISK = /^(?:mkdir|open|write|fsync|close|rename)$/;

function isOfTheDisk(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && DISK.test(String(error.syscall));
}
