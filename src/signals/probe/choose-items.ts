import type { Database } from '../../database/client.ts';
import type { ReadStorefront } from '../../storefront/pages.ts';

/** A published item, and what one of its storefronts has accepted of it at the moment of asking the database. */
export interface PublishedItem {
  tenant: string;
  itemId: string;
  /** Its name. */
  storefront: string;
  acceptedVersion: number;
  /** Null: the tenant has no storefront of its own. */
  stored: ReadStorefront | null;
}

/**
 * Chooses some items of each tenant to ask each of its open storefronts for: first those that were last seen wrong there,
 * so that they are found mended; then those whose publication was accepted last; and the rest at random among the items
 * with an event in the last 24 hours. Items that the storefront never accepted are left out.
 *
 * @param items so many of each storefront
 */
export async function chooseItems(
  database: Pick<Database, '$queryRaw'>,
  tenants: readonly string[],
  items: number,
): Promise<PublishedItem[]> {
  const some = Math.ceil(items / 2);
  const rows = await database.$queryRaw<
    {
      tenant_id: string;
      item_id: string;
      storefront: string;
      version: number;
      kind: string | null;
      url: string | null;
      config: unknown;
    }[]
  >`
    WITH asked AS MATERIALIZED (
      SELECT o.tenant_id, o.name AS storefront, s.kind, s.url, s.config, o.counts_from, o.counts_from_us
        FROM open_storefronts(${[...tenants]}::text[]) o
        LEFT JOIN storefront s ON s.tenant_id = o.tenant_id AND s.name = o.name
    ), tenants AS (
      SELECT DISTINCT a.tenant_id, now_us() AS now_us FROM asked a
    ), failed AS MATERIALIZED (
      SELECT DISTINCT split_part(p.item_id, ':', 1) AS tenant_id, p.storefront, p.item_id, p.probed_at_us
        FROM storefront_probe p
       WHERE p.failure_mode IS NOT NULL AND p.probed_at_us > now_us() - 86400000000
         AND split_part(p.item_id, ':', 1) = ANY (${[...tenants]}::text[])
         AND NOT EXISTS (SELECT 1 FROM storefront_probe q
                          WHERE q.item_id = p.item_id AND q.storefront = p.storefront AND q.id > p.id)
    ), of_tenant AS MATERIALIZED (
      SELECT t.tenant_id, r.item_id, 1 AS turn
        FROM tenants t
       CROSS JOIN LATERAL (
         SELECT x.item_id
           FROM supplier s
          CROSS JOIN LATERAL (
            SELECT y.item_id, y.started_at_us FROM publish_attempt y
             WHERE y.tenant_id = s.tenant_id AND y.supplier_id = s.id AND y.status = 'accepted'
               AND y.started_at_us > t.now_us - 900000000
             ORDER BY y.started_at_us DESC LIMIT ${some * 4}) x
          WHERE s.tenant_id = t.tenant_id
          GROUP BY x.item_id ORDER BY max(x.started_at_us) DESC LIMIT ${some}) r
       UNION ALL
      SELECT t.tenant_id, e.item_id, 2
        FROM tenants t
       CROSS JOIN LATERAL (
         SELECT x.item_id FROM supplier_event x
          WHERE x.tenant_id = t.tenant_id AND x.received_at_us > t.now_us - 86400000000 AND x.item_id IS NOT NULL
          -- Some of them will be there already, or were never accepted.
          GROUP BY x.item_id ORDER BY random() LIMIT ${items * 3}) e
    ), candidates AS (
      SELECT a.tenant_id, a.storefront, f.item_id, 0 AS turn
        FROM asked a
       CROSS JOIN LATERAL (
         SELECT f.item_id FROM failed f
          WHERE f.tenant_id = a.tenant_id AND f.storefront = a.storefront AND f.probed_at_us > a.counts_from_us
          ORDER BY random() LIMIT ${some}) f
       UNION ALL
      SELECT a.tenant_id, a.storefront, c.item_id, c.turn FROM asked a JOIN of_tenant c USING (tenant_id)
    ), chosen AS (
      SELECT c.tenant_id, c.storefront, c.item_id, min(c.turn) AS turn FROM candidates c GROUP BY 1, 2, 3
    ), published AS (
      SELECT c.*, p.version,
             row_number() OVER (PARTITION BY c.tenant_id, c.storefront ORDER BY c.turn, random()) AS nth
        FROM chosen c
        JOIN asked a USING (tenant_id, storefront)
       CROSS JOIN LATERAL (
         SELECT x.version FROM publish_attempt x
          WHERE x.item_id = c.item_id AND x.status IN ('accepted', 'rejected') AND x.status = 'accepted'
            AND x.storefront = c.storefront AND x.id > a.counts_from
          ORDER BY x.version DESC LIMIT 1) p
    )
    SELECT p.tenant_id, p.item_id, p.storefront, p.version, a.kind, a.url, a.config
      FROM published p JOIN asked a USING (tenant_id, storefront)
     WHERE p.nth <= ${items}
     ORDER BY p.tenant_id, p.storefront, p.nth`;
  return rows.map(({ tenant_id: tenant, item_id: itemId, storefront, version, kind, url, config }) => ({
    ...{ tenant, itemId, storefront, acceptedVersion: version },
    stored: kind === null || url === null ? null : { tenantId: tenant, name: storefront, kind, url, config },
  }));
}
