import { originJson, type AuditedBy } from '../../database/audit.ts';
import type { Database } from '../../database/client.ts';
import type { RunTrigger } from '../../domain/feed-run.ts';
import { FeedRefused, unknownFeed } from '../feed-refused.ts';

/**
 * Writes a run down; the starters of the workers see to the rest. It needs PostgreSQL only.
 *
 * @throws FeedRefused
 * @returns the run's id
 */
export async function requestRun(
  database: Pick<Database, '$queryRaw' | 'feed' | 'feedVersion'>,
  { tenant, feed, trigger, by }: { tenant: string; feed: string; trigger: RunTrigger; by: AuditedBy },
): Promise<string> {
  const row = await database.feed.findUnique({ where: { tenantId_id: { tenantId: tenant, id: feed } } });
  if (!row) throw unknownFeed(tenant, feed);
  if (trigger !== 'upload') await refuseNothingToFetch(database, { tenant, feed, version: row.version });
  const [asked] = await database.$queryRaw<{ id: string | null }[]>`
    SELECT request_feed_run(${tenant}, ${feed}, ${trigger}, ${by.actor}, ${originJson(by.origin)}::jsonb) AS id`;
  if (asked?.id) return asked.id;
  throw runUnderWay(feed);
}

export function runUnderWay(feed: string): FeedRefused {
  return new FeedRefused(
    'run_under_way',
    `A run of the feed ${feed} is under way, and one comes after the other: wait for its end, or cancel it.`,
  );
}

async function refuseNothingToFetch(
  database: Pick<Database, 'feedVersion'>,
  { tenant, feed, version }: { tenant: string; feed: string; version: number },
): Promise<void> {
  const { document } = await database.feedVersion.findUniqueOrThrow({
    where: { tenantId_feedId_version: { tenantId: tenant, feedId: feed, version } },
    select: { document: true },
  });
  if (!Object.hasOwn((document as { source?: object }).source ?? {}, 'upload')) return;
  throw new FeedRefused(
    'nothing_to_fetch',
    `The source of the feed ${feed} is upload: \`catalog-sync ingest FILE --feed ${feed} --tenant ${tenant}\` hands a file in.`,
  );
}
