import { mkdir, rm } from 'node:fs/promises';
import { formatTime, type Micros } from '../domain/time.ts';
import { archiveFileName } from './archive-words.ts';
import type { ArchiveLine } from './read-archive-lines.ts';
import { writeLines, writeWhole } from './write-lines.ts';

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
  let first: Micros | undefined;
  let last: Micros | undefined;
  async function* texts(): AsyncGenerator<string> {
    for await (const { line, receivedAt } of lines) {
      if (first === undefined || receivedAt < first) first = receivedAt;
      if (last === undefined || receivedAt > last) last = receivedAt;
      yield line;
    }
  }
  const { lines: events, bytes, sha256 } = await writeLines(folder, name, texts());
  const [firstReceivedAt, lastReceivedAt] = [formatTime(first ?? 0n), formatTime(last ?? 0n)];
  return { name, events, firstReceivedAt, lastReceivedAt, bytes, sha256 };
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
