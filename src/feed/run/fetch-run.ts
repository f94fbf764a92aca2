import type { Database } from '../../database/client.ts';
import { printable } from '../../domain/safe-text.ts';
import type { Micros } from '../../domain/time.ts';
import type { FeedRun } from '../../generated/prisma/client.ts';
import { openSource } from '../source/open-source.ts';
import { SETTLED_AFTER_SECONDS, SourceFailed, type SourceFile } from '../source/source.ts';
import { tenantFolder } from '../source/within-folder.ts';
import { wholeDefinition } from '../store/definition-of.ts';
import type { FetchRun } from './advance-run.ts';
import { endRun } from './end-run.ts';
import { fileCame } from './file-came.ts';
import { FileTooLarge, storeParts } from './file-parts.ts';
import { hadBefore, type HadBefore } from './had-before.ts';
import { RunGone } from './run-gone.ts';

/** What does not pass in so many tries, some minutes, is a failed fetch. */
const TRIES = 5;
const MOST_NAME = 200;

export interface Fetching {
  /** How often it was tried, from 1. */
  attempt: number;
  signal: AbortSignal;
  /** With a folder for each tenant, in which its feeds may read. */
  folder?: string | undefined;
  /** The same for their keys. */
  keyFolder?: string | undefined;
}

/** Gets a run's file from its feed's source: the next one that no run has had. */
export function fetchRun(
  database: Database,
  openSecret: (sealed: Uint8Array, context: string) => Buffer,
  { attempt, signal, folder, keyFolder }: Fetching,
): FetchRun {
  return async (run, work) => {
    try {
      const named = { tenant: run.tenantId, feed: run.feedId, version: run.feedVersion };
      const definition = await wholeDefinition(database, named, openSecret);
      const known = await hadBefore(database, run, { isOne: definition.source.http !== undefined });
      const source = openSource(definition, {
        folder: tenantFolder(folder, run.tenantId),
        keyFolder: tenantFolder(keyFolder, run.tenantId),
        ...{ signal, lastState: known.last },
      });
      const files = await source.look((file) => known.had(file) && !known.isOpen(file));
      // Of snapshots the newest says all; of others each one counts.
      const some = definition.kind === 'snapshot' ? newestOf(files, known) : files;
      const file = some.find((one) => !known.had(one)) ?? some.find(known.isOpen);
      if (!file) {
        await endRun(database, run.id, 'unchanged');
        return undefined;
      }
      if (file.mayBeHalf && run.etag !== (file.state ?? '')) {
        await database.feedRun.updateMany({ where: { id: run.id }, data: { etag: file.state ?? '' } });
        return { pauseMs: SETTLED_AFTER_SECONDS * 1_000 };
      }
      await take(database, run, file, work.beat);
    } catch (error) {
      // Of a worker that ends, the source's failure says nothing.
      signal.throwIfAborted();
      if (error instanceof FileTooLarge) await endRun(database, run.id, 'failed', error.message);
      else if (!(error instanceof SourceFailed)) throw error;
      else if (error.passes && attempt < TRIES) throw error;
      else await endRun(database, run.id, 'failed', error.message);
    }
    return undefined;
  };
}

/** No file was written after it came: one that is dated in the future would else keep all others away until then. */
function newestOf(files: readonly SourceFile[], { cameAt }: HadBefore): SourceFile[] {
  const asOf = (file: SourceFile): Micros => {
    const { writtenAt = 0n } = file;
    const came = cameAt(file);
    return came !== undefined && came < writtenAt ? came : writtenAt;
  };
  return files.toSorted((a, b) => Number(asOf(a) - asOf(b))).slice(-1);
}

async function take(database: Database, run: FeedRun, file: SourceFile, beat: () => void): Promise<void> {
  await begin(database, run.id, file);
  const fetching = { id: run.id, while: 'fetching' } as const;
  await fileCame(database, fetching, await storeParts(database, fetching, beating(await file.open(), beat)));
}

/**
 * Forgets what came of it in a try before. That one may still go on, and another one may have come to the end.
 *
 * @throws RunGone
 */
async function begin(
  database: Pick<Database, '$queryRaw'>,
  runId: string,
  { name, writtenAt, state }: SourceFile,
): Promise<void> {
  const [run] = await database.$queryRaw<object[]>`
    WITH run AS (
      UPDATE feed_run
         SET file_name = ${printable(name).slice(0, MOST_NAME)}, file_time_us = ${writtenAt ?? null}::bigint, etag = ${state ?? null}, file_bytes = 0
       WHERE id = ${runId} AND state = 'fetching' RETURNING id),
    gone AS (DELETE FROM feed_file f USING run WHERE f.run_id = run.id)
    SELECT id FROM run`;
  if (!run) throw new RunGone();
}

async function* beating(chunks: AsyncIterable<Uint8Array>, beat: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of told(chunks)) {
    beat();
    yield chunk;
  }
}

async function* told(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunks) yield chunk;
  } catch (error) {
    if (error instanceof SourceFailed && !error.passes) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new SourceFailed(`the file was cut on its way: ${why}`, { passes: true, cause: error });
  }
}
