import type { Transaction } from '../../database/client.ts';
import { faultsOf } from '../../domain/feed-health.ts';
import type { Condition } from '../../domain/notify.ts';
import { spanInWords } from '../../domain/span.ts';
import type { Micros } from '../../domain/time.ts';
import { readFeedFacts } from '../../feed/health/read-feed-facts.ts';
import { pages } from '../pages.ts';

/** Files that are held, and suppliers that are silent for longer than their feeds expect. */
export async function readFeedConditions(
  database: Pick<Transaction, '$queryRaw'>,
  tenants: readonly string[],
  now: Micros,
): Promise<Condition[]> {
  const found: Condition[] = [];
  for (const facts of await readFeedFacts(database, tenants)) {
    const { tenant, supplier, feed } = facts;
    for (const { mode, since, run } of faultsOf(facts, now)) {
      const shared = { tenant, severity: 'ticket', owner: 'Platform', since } as const;
      if (mode === 'feed_held' && run) {
        found.push({
          ...shared,
          kind: 'feed_held',
          key: `feed_held/${run.runId}`,
          subject: `${feed} of ${tenant}`,
          detail: `Run ${run.runId} of ${supplier}: ${run.reason}`,
          page: pages.feedRun(tenant, feed, run.runId),
        });
      }
      if (mode === 'supplier_silent') {
        found.push({
          ...shared,
          kind: 'supplier_silent',
          key: `supplier_silent/${tenant}/${feed}`,
          subject: `${supplier} of ${tenant}`,
          detail: `Nothing has come for the feed ${feed} for ${spanInWords(now - since)} longer than it expects.`,
          page: pages.supplier(tenant, supplier),
        });
      }
    }
  }
  return found;
}
