import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';
import { unreached } from './publishing-fails.ts';

/** Versions that the catalog has and one tenant's storefront is still to be told of. */
export interface WaitingPublishes {
  tenant: string;
  /** Null: the tenant has no address of its own. */
  storefrontUrl: string | null;
  count: number;
  /** Of so many the last try failed. */
  failing: number;
  oldestItemId: string;
  /** For how long the oldest waits. */
  oldestUs: Micros;
  /** Why the last try of all failed. */
  lastReason: string | null;
}

/** Whose publishes wait; withheld ones are not waiting for the storefront. Reads partial indexes only. */
export async function readWaitingPublishes(database: Database): Promise<WaitingPublishes[]> {
  const tenants = await database.$queryRaw<
    {
      tenant_id: string;
      storefront_url: string | null;
      count: number;
      oldest_item: string;
      oldest_us: bigint;
    }[]
  >`
    SELECT t.id AS tenant_id,
           (SELECT s.url FROM storefront s WHERE s.tenant_id = t.id AND s.state = 'open'
             ORDER BY s.place, s.name LIMIT 1) AS storefront_url, count(*)::integer AS count,
           (array_agg(v.item_id ORDER BY v.publication_at_us, v.item_id))[1] AS oldest_item,
           greatest(0, now_us() - min(v.publication_at_us)) AS oldest_us
      FROM catalog_item_version v
      JOIN catalog_item i ON i.item_id = v.item_id AND i.version = v.version
      JOIN tenant t ON t.id = i.tenant_id
     WHERE v.publication = 'due'
     GROUP BY t.id
     ORDER BY t.id`;
  const waiting: WaitingPublishes[] = [];
  for (const row of tenants) {
    const [failing] = await database.$queryRaw<[{ count: number; reason: string | null }]>`
      WITH u AS MATERIALIZED (${unreached(row.tenant_id)})
      SELECT (SELECT count(*)::integer FROM u) AS count,
             (SELECT a.reason FROM u JOIN publish_attempt a ON a.item_id = u.item_id AND a.version = u.version
               WHERE a.status = 'failed' ORDER BY a.started_at_us DESC, a.id DESC LIMIT 1) AS reason`;
    waiting.push({
      tenant: row.tenant_id,
      storefrontUrl: row.storefront_url,
      count: row.count,
      failing: failing.count,
      oldestItemId: row.oldest_item,
      oldestUs: row.oldest_us,
      lastReason: failing.reason,
    });
  }
  return waiting;
}
