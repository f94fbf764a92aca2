import type { Micros } from '../../domain/time.ts';
import type { FeedRun } from '../../generated/prisma/client.ts';
import type { ReadingDefinition } from '../store/definition-of.ts';

/**
 * As of when a snapshot says that what it does not name is gone; null: it says nothing of that, having no figures.
 *
 * The one time of all its rows, where they have one. Else the file's, since the newest of its rows may be older than a
 * figure of an item that has left it since. Never later than the file was received.
 */
export function snapshotTime(
  run: Pick<FeedRun, 'fileTimeUs' | 'newestUs' | 'createdAtUs'>,
  { times }: Pick<ReadingDefinition, 'times'>,
): Micros | null {
  const { fileTimeUs, newestUs, createdAtUs } = run;
  if (newestUs === null) return null;
  const at = times.of === undefined ? (fileTimeUs ?? newestUs) : newestUs;
  return at < createdAtUs ? at : createdAtUs;
}
