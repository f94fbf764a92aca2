import type { Database } from '../../database/client.ts';
import type { Micros } from '../../domain/time.ts';
import type { Format } from '../file/row.ts';
import type { Guess } from '../mapping/guess.ts';
import { previewFile, type Preview } from '../preview/preview-file.ts';
import { asOpened, openFile } from '../run/open-file.ts';
import type { Foresight } from './foresee.ts';
import { ingestRows, type IngestCounts, type IngestWork } from './ingest-rows.ts';
import { lookAtFile } from './look-at-file.ts';

/** A supplier's file that no feed reads. */
export interface LooseFile {
  tenant: string;
  supplier: string;
  name: string | undefined;
  format?: Format | undefined;
  writtenAt: Micros | undefined;
  receivedAt: Micros;
  /** Begins to read it. */
  open: () => AsyncIterable<Uint8Array>;
  /** It comes once: where it has to be looked at first, it is not taken. */
  isStream?: boolean;
  fate?: Foresight['fate'] | undefined;
}

/** What somebody is asked who is shown a guess. */
export interface Proposal {
  guess: Guess;
  preview: Preview;
}

export type Ingested =
  | { outcome: 'written'; counts: IngestCounts }
  /** The file leaves something open; nothing was written. */
  | { outcome: 'open'; guess: Guess }
  /** A stream that is not of our own form; nothing was written. */
  | { outcome: 'stream'; guess: Guess }
  /** Somebody did not agree; nothing was written. */
  | { outcome: 'left' };

/**
 * Takes a file into the ledger without a feed. One of our own form is read on as it comes; of any other it is guessed how
 * to read it, said what that would do, and asked.
 *
 * @param agrees asked before anything is written by a guess
 * @throws UnreadableFile where not even its first rows can be read, IngestStopped
 */
export async function ingestFile(
  database: Database,
  file: LooseFile,
  work: IngestWork & { agrees: (proposal: Proposal) => Promise<boolean> },
): Promise<Ingested> {
  const { tenant, supplier, name, format, writtenAt, receivedAt, fate } = file;
  const look = await lookAtFile(file.open(), { name, supplier, format });
  const { definition, guess } = look;
  const times = { fileTime: writtenAt, receivedAt };
  if (definition && look.isOwn) {
    const opened = asOpened(look.contents, definition, times);
    return {
      outcome: 'written',
      counts: await ingestRows(database, { tenant, supplier, opened, fate }, work),
    };
  }
  await look.close();
  if (file.isStream) return { outcome: 'stream', guess };
  if (!definition) return { outcome: 'open', guess };
  const previewed = { tenant, supplier, feed: undefined, name, writtenAt, receivedAt, definition };
  const preview = await previewFile(database, { ...previewed, chunks: file.open() });
  if (!(await work.agrees({ guess, preview }))) return { outcome: 'left' };
  const opened = await openFile(file.open(), definition, { name, ...times });
  return { outcome: 'written', counts: await ingestRows(database, { tenant, supplier, opened, fate }, work) };
}
