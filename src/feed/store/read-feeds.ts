import type { Database } from '../../database/client.ts';
import { formatTime } from '../../domain/time.ts';

/** A feed as lists have it. */
export interface FeedListed {
  tenant: string;
  feed: string;
  supplier: string;
  version: number;
  paused: boolean;
  /** The kind of its source. */
  source: string;
  nextDueAt: string | null;
}

/** One with its document, in which signs stand for secrets. */
export interface FeedShown extends FeedListed {
  document: unknown;
  setBy: string;
  setAt: string;
}

const SHOWN = { version: true, document: true, createdBy: true, createdAtUs: true } as const;

export async function listFeeds(
  database: Pick<Database, 'feed' | 'feedVersion'>,
  tenant: string | undefined,
): Promise<FeedListed[]> {
  const feeds = await database.feed.findMany({
    where: { ...(tenant !== undefined && { tenantId: tenant }) },
    orderBy: [{ tenantId: 'asc' }, { id: 'asc' }],
  });
  const all = await Promise.all(feeds.map(({ tenantId, id }) => readFeed(database, tenantId, id)));
  return all.flatMap((one) => {
    if (!one) return [];
    const { document: _document, setBy: _setBy, setAt: _setAt, ...listed } = one;
    return [listed];
  });
}

/** @returns undefined when there is none */
export async function readFeed(
  database: Pick<Database, 'feed' | 'feedVersion'>,
  tenant: string,
  feed: string,
): Promise<FeedShown | undefined> {
  const row = await database.feed.findUnique({ where: { tenantId_id: { tenantId: tenant, id: feed } } });
  if (!row) return undefined;
  const last = await database.feedVersion.findUniqueOrThrow({
    where: { tenantId_feedId_version: { tenantId: tenant, feedId: feed, version: row.version } },
    select: SHOWN,
  });
  return {
    ...{ tenant, feed, supplier: row.supplierId, version: row.version, paused: row.paused },
    source: Object.keys((last.document as { source?: object }).source ?? {}).join(),
    nextDueAt: row.nextDueUs === null ? null : formatTime(row.nextDueUs),
    ...{ document: last.document, setBy: last.createdBy, setAt: formatTime(last.createdAtUs) },
  };
}
