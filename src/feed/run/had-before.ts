import type { Database } from '../../database/client.ts';
import type { Micros } from '../../domain/time.ts';
import type { FeedRun } from '../../generated/prisma/client.ts';

/** By which states of its files a source's runs know that they had them. */
export interface HadBefore {
  /** Of the last file that need not be read again. */
  last: string | undefined;
  /** Whether a run has had it. */
  had(state: string): boolean;
  /** Whether that one came to no end of its own: who asks for a file gets such a one once there is no new one. */
  isOpen(state: string): boolean;
  /** When it came to the last run that had it; undefined: it has not yet. */
  cameAt(state: string): Micros | undefined;
}

/**
 * Of files that came whole to runs of this version of the feed: another version may read the same ones anew. Of a run that
 * has failed, or was cancelled, nobody has said that its file is done with; but a schedule would fail by it each time.
 */
export async function hadBefore(
  database: Pick<Database, 'feedRun'>,
  { tenantId, feedId, feedVersion, trigger }: FeedRun,
): Promise<HadBefore> {
  const rows = await database.feedRun.findMany({
    where: { tenantId, feedId, feedVersion, etag: { not: null }, fileDigest: { not: null } },
    orderBy: { createdAtUs: 'desc' },
    distinct: ['etag'],
    select: { etag: true, state: true, createdAtUs: true },
  });
  const isDone = ({ state }: { state: string }): boolean =>
    trigger === 'schedule' || (state !== 'failed' && state !== 'cancelled');
  const all = new Map(rows.map((row) => [row.etag, row]));
  const [first] = rows;
  return {
    last: first && isDone(first) ? (first.etag ?? undefined) : undefined,
    had: (state) => all.has(state),
    isOpen: (state) => {
      const row = all.get(state);
      return row !== undefined && !isDone(row);
    },
    cameAt: (state) => all.get(state)?.createdAtUs,
  };
}
