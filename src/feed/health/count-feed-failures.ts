import { databaseNow } from '../../database/clock.ts';
import type { Transaction } from '../../database/client.ts';
import type { FeedFailure } from '../../domain/failure-modes.ts';
import { faultsOf } from '../../domain/feed-health.ts';
import type { Micros } from '../../domain/time.ts';
import { readFeedFacts } from './read-feed-facts.ts';

interface Seen {
  count: number;
  lastSeenAt: Micros | null;
}

/**
 * How often each failure mode of feeds was met in a tenant since a moment, and when last: runs that were held, those
 * that failed, and feeds whose supplier is silent now. What is held now counts however old it is.
 */
export async function countFeedFailures(
  database: Pick<Transaction, '$queryRaw'>,
  tenant: string,
  since: Micros,
): Promise<Record<FeedFailure, Seen>> {
  const rows = await database.$queryRaw<{ mode: FeedFailure; count: number; last_seen: bigint | null }[]>`
    SELECT 'feed_held' AS mode, count(*)::integer AS count, max(r.created_at_us) AS last_seen
      FROM feed f
      JOIN feed_run r ON r.tenant_id = f.tenant_id AND r.feed_id = f.id
     WHERE f.tenant_id = ${tenant} AND r.reasons IS NOT NULL
       AND (r.created_at_us >= ${since} OR r.state = 'held')
    UNION ALL
    SELECT 'feed_unreadable', count(*)::integer, max(r.created_at_us)
      FROM feed f
      JOIN feed_run r ON r.tenant_id = f.tenant_id AND r.feed_id = f.id
     WHERE f.tenant_id = ${tenant} AND r.state = 'failed' AND r.created_at_us >= ${since}`;
  const of = (mode: FeedFailure): Seen => {
    const row = rows.find((one) => one.mode === mode);
    return { count: row?.count ?? 0, lastSeenAt: row?.last_seen ?? null };
  };
  return {
    feed_held: of('feed_held'),
    feed_unreadable: of('feed_unreadable'),
    supplier_silent: await silentNow(database, tenant),
  };
}

async function silentNow(database: Pick<Transaction, '$queryRaw'>, tenant: string): Promise<Seen> {
  const feeds = await readFeedFacts(database, [tenant]);
  if (feeds.length === 0) return { count: 0, lastSeenAt: null };
  const now = await databaseNow(database);
  const silent = feeds
    .flatMap((feed) => faultsOf(feed, now))
    .filter(({ mode }) => mode === 'supplier_silent');
  return { count: silent.length, lastSeenAt: silent.length > 0 ? now : null };
}
