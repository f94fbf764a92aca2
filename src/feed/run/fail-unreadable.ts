import type { Database } from '../../database/client.ts';
import type { UnreadableFile } from '../file/unreadable-file.ts';
import { endRun } from './end-run.ts';
import { PartsDiffer } from './file-parts.ts';

/** Ends a run whose file cannot be read. */
export async function failUnreadable(
  database: Pick<Database, '$queryRaw' | 'feedRun'>,
  runId: string,
  error: UnreadableFile,
): Promise<void> {
  // The file at its source may well be good: it is fetched again.
  if (error instanceof PartsDiffer) {
    await database.feedRun.updateMany({ where: { id: runId }, data: { etag: null } });
  }
  await endRun(database, runId, 'failed', error.message);
}
