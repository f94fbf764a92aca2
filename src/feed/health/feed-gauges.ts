import { databaseNow } from '../../database/clock.ts';
import type { Transaction } from '../../database/client.ts';
import { FEED_FAILURES, type FeedFailure } from '../../domain/failure-modes.ts';
import { faultsOf } from '../../domain/feed-health.ts';
import type { FeedGauges } from '../../telemetry/gauges.ts';
import { readFeedFacts } from './read-feed-facts.ts';

/**
 * How the feeds of each supplier stand, of tenants that are not closed, for whoever watches from outside. It is read
 * from the feeds, not from samples: so it goes on while nobody samples.
 */
export async function readFeedGauges(database: Pick<Transaction, '$queryRaw'>): Promise<FeedGauges[]> {
  const tenants = await database.$queryRaw<{ id: string }[]>`
    SELECT t.id FROM tenant t
     WHERE t.state <> 'closed' AND EXISTS (SELECT 1 FROM feed f WHERE f.tenant_id = t.id)`;
  if (tenants.length === 0) return [];
  const feeds = await readFeedFacts(
    database,
    tenants.map(({ id }) => id),
  );
  const now = await databaseNow(database);
  const gauges = new Map<string, FeedGauges>();
  for (const feed of feeds) {
    const { tenant, supplier } = feed;
    const own = gauges.get(`${tenant}/${supplier}`) ?? { tenant, supplier, failing: none() };
    for (const { mode } of faultsOf(feed, now)) own.failing[mode] += 1;
    gauges.set(`${tenant}/${supplier}`, own);
  }
  return [...gauges.values()];
}

function none(): Record<FeedFailure, number> {
  return Object.fromEntries(FEED_FAILURES.map((mode) => [mode, 0])) as Record<FeedFailure, number>;
}
