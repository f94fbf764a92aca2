import type { Database } from '../../database/client.ts';
import type { Condition } from '../../domain/notify.ts';
import type { Micros } from '../../domain/time.ts';
import { readWaitingPublishes } from '../../ledger/waiting-publishes.ts';
import { pages } from '../pages.ts';

/** Tenants of which something waits for a storefront, and for how long. */
export async function readWaiting(database: Database, now: Micros): Promise<Condition[]> {
  const waiting = await readWaitingPublishes(database);
  return waiting.map(({ tenant, count, failing, oldestItemId, oldestUs, lastReason }) => ({
    kind: 'publish_waiting',
    key: `publish_waiting/${tenant}`,
    tenant,
    severity: 'page',
    owner: 'Storefront',
    subject: tenant,
    detail:
      `${count} ${count === 1 ? 'publish waits' : 'publishes wait'}, the oldest for the item ` +
      `${oldestItemId.slice(oldestItemId.indexOf(':') + 1)}; ` +
      (failing === 0 ? 'no try failed.' : `${failing} could not be told yet${why(lastReason)}`),
    page: pages.storefronts(tenant),
    since: now - oldestUs,
  }));
}

function why(reason: string | null): string {
  return reason === null ? '.' : `: ${reason}`;
}
