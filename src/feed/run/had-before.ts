import type { Database } from '../../database/client.ts';
import type { Micros } from '../../domain/time.ts';
import type { FeedRun } from '../../generated/prisma/client.ts';
import type { FoundFile } from '../source/source.ts';

/** By which states and times of its files a source's runs know that they had them. */
export interface HadBefore {
  /** The state of the last file, where that need not be read again. */
  last: string | undefined;
  /** Whether a run has had it, or one of its state that was written no earlier. */
  had(file: FoundFile): boolean;
  /** Whether that one came to no end of its own: who asks for a file gets such a one once there is no new one. */
  isOpen(file: FoundFile): boolean;
  /** When it came to the last run that had it; undefined: it has not yet. */
  cameAt(file: FoundFile): Micros | undefined;
}

/**
 * Of files that came whole to runs of this version of the feed: another version may read the same ones anew. Of a run that
 * has failed, or was cancelled, nobody has said that its file is done with; but a schedule would fail by it each time.
 *
 * @param isOne of a source of one file, which may be again what it was before the last one, only the last counts
 */
export async function hadBefore(
  database: Pick<Database, 'feedRun'>,
  { tenantId, feedId, feedVersion, trigger }: FeedRun,
  { isOne }: { isOne: boolean },
): Promise<HadBefore> {
  const rows = await database.feedRun.findMany({
    // What a supplier has handed in is no state of the source.
    where: {
      tenantId,
      feedId,
      feedVersion,
      trigger: { not: 'upload' },
      etag: { not: null },
      fileDigest: { not: null },
    },
    orderBy: { createdAtUs: 'desc' },
    distinct: ['etag'],
    select: { etag: true, state: true, fileTimeUs: true, createdAtUs: true },
  });
  const isDone = ({ state }: { state: string }): boolean =>
    trigger === 'schedule' || (state !== 'failed' && state !== 'cancelled');
  const all = new Map((isOne ? rows.slice(0, 1) : rows).map((row) => [row.etag, row]));
  const same = ({ state, writtenAt }: FoundFile): (typeof rows)[number] | undefined => {
    const row = state === undefined ? undefined : all.get(state);
    const isNewer = writtenAt !== undefined && row?.fileTimeUs != null && writtenAt > row.fileTimeUs;
    return isNewer ? undefined : row;
  };
  const [first] = rows;
  return {
    last: first && isDone(first) ? (first.etag ?? undefined) : undefined,
    had: (file) => same(file) !== undefined,
    isOpen: (file) => {
      const row = same(file);
      return row !== undefined && !isDone(row);
    },
    cameAt: (file) => same(file)?.createdAtUs,
  };
}
