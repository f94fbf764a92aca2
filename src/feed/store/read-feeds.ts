import type { Database } from '../../database/client.ts';
import { formatTime, type Micros } from '../../domain/time.ts';
import type { RunState } from '../../domain/feed-run.ts';
import { LAST_FILE } from '../health/last-heard.ts';
import type { FeedListed, FeedShown } from './told-feed.ts';

type ReadFeeds = Pick<Database, 'feed' | 'feedVersion' | 'feedRun' | '$queryRaw'>;

const SHOWN = { version: true, document: true, createdBy: true, createdAtUs: true } as const;

export async function listFeeds(database: ReadFeeds, tenant: string | undefined): Promise<FeedListed[]> {
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
  database: ReadFeeds,
  tenant: string,
  feed: string,
): Promise<FeedShown | undefined> {
  const row = await database.feed.findUnique({ where: { tenantId_id: { tenantId: tenant, id: feed } } });
  if (!row) return undefined;
  const last = await database.feedVersion.findUniqueOrThrow({
    where: { tenantId_feedId_version: { tenantId: tenant, feedId: feed, version: row.version } },
    select: SHOWN,
  });
  const [run, [heard]] = await Promise.all([
    database.feedRun.findFirst({
      where: { tenantId: tenant, feedId: feed },
      orderBy: [{ createdAtUs: 'desc' }, { id: 'desc' }],
      select: { id: true, state: true, createdAtUs: true },
    }),
    database.$queryRaw<{ created_at_us: bigint }[]>`
      SELECT l.* FROM feed f CROSS JOIN LATERAL (${LAST_FILE}) l WHERE f.tenant_id = ${tenant} AND f.id = ${feed}`,
  ]);
  return {
    ...{ tenant, feed, supplier: row.supplierId, version: row.version, paused: row.paused },
    source: Object.keys((last.document as { source?: object }).source ?? {}).join(),
    nextDueAt: timeOf(row.nextDueUs),
    lastRun: run && { runId: run.id, state: run.state as RunState, createdAt: formatTime(run.createdAtUs) },
    lastHeardAt: timeOf(heard?.created_at_us ?? null),
    ...{ document: last.document, setBy: last.createdBy, setAt: formatTime(last.createdAtUs) },
  };
}

function timeOf(at: Micros | null): string | null {
  return at === null ? null : formatTime(at);
}
