import type { AuditedBy } from '../../database/audit.ts';
import type { Database } from '../../database/client.ts';
import { printable } from '../../domain/safe-text.ts';
import type { Micros } from '../../domain/time.ts';
import { endRun } from './end-run.ts';
import { fileCame } from './file-came.ts';
import { storeParts } from './file-parts.ts';
import { requestRun } from './request-run.ts';
import { RunGone } from './run-gone.ts';

export interface HandedIn {
  tenant: string;
  feed: string;
  /** As people know it. */
  name: string;
  /** When it was written, as far as whoever hands it in knows. */
  writtenAt?: Micros | undefined;
  /** Names the sending of the supplier by which it came, where that has a name. */
  sending?: string | undefined;
  chunks: AsyncIterable<Uint8Array>;
  by: AuditedBy;
}

/**
 * Takes a file into a run of its own; a worker reads it. What comes in part leaves a run that has failed.
 *
 * @throws FeedRefused, RunGone, FileTooLarge, and what the source throws
 */
export async function uploadFile(
  database: Database,
  { tenant, feed, name, writtenAt, sending, chunks, by }: HandedIn,
): Promise<{ runId: string; state: 'reading' | 'unchanged' }> {
  const runId = await requestRun(database, { tenant, feed, trigger: 'upload', by });
  await database.feedRun.updateMany({
    where: { id: runId },
    data: { fileName: printable(name).slice(0, 200), fileTimeUs: writtenAt ?? null, etag: sending ?? null },
  });
  const run = { id: runId, while: 'receiving' } as const;
  try {
    const file = await storeParts(database, run, chunks);
    return { runId, state: await fileCame(database, run, file) };
  } catch (error) {
    if (!(error instanceof RunGone)) {
      const why = error instanceof Error ? error.message : String(error);
      await endRun(database, runId, 'failed', `the file did not come to its end: ${printable(why)}`).catch(
        () => undefined,
      );
    }
    throw error;
  }
}
