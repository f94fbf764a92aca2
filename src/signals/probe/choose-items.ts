import type { Database } from '../../database/client.ts';
import type { ReadStorefront } from '../../storefront/pages.ts';

/** A published item, and what its storefront has accepted of it at the moment of asking the database. */
export interface PublishedItem {
  tenant: string;
  itemId: string;
  acceptedVersion: number;
  /** Null: the tenant has no storefront of its own. */
  storefront: ReadStorefront | null;
}

/**
 * Chooses some items of each tenant to ask its storefront for: first those that were last seen in an old version, so
 * that they are found mended; then those whose publication was accepted last; and the rest at random among the items
 * with an event in the last 24 hours. Items that were never accepted are left out.
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
      version: number;
      name: string | null;
      kind: string | null;
      url: string | null;
      config: unknown;
    }[]
  >`
    WITH asked AS (
      SELECT t.id AS tenant_id, coalesce(s.name, 'shop') AS storefront, s.name, s.kind, s.url, s.config, now_us() AS now_us
        FROM tenant t
        LEFT JOIN LATERAL (
          SELECT x.name, x.kind, x.url, x.config FROM storefront x WHERE x.tenant_id = t.id AND x.state = 'open'
           ORDER BY x.place, x.name LIMIT 1) s ON true
       WHERE t.id = ANY (${[...tenants]}::text[])
    ), failed AS (
      SELECT DISTINCT split_part(p.item_id, ':', 1) AS tenant_id, p.item_id
        FROM storefront_probe p
       WHERE p.failure_mode IS NOT NULL AND p.probed_at_us > now_us() - 86400000000
         AND split_part(p.item_id, ':', 1) = ANY (${[...tenants]}::text[])
         AND NOT EXISTS (SELECT 1 FROM storefront_probe q WHERE q.item_id = p.item_id AND q.id > p.id)
    ), candidates AS (
      SELECT a.tenant_id, f.item_id, 0 AS turn
        FROM asked a
       CROSS JOIN LATERAL (
         SELECT f.item_id FROM failed f WHERE f.tenant_id = a.tenant_id ORDER BY random() LIMIT ${some}) f
       UNION ALL
      SELECT a.tenant_id, r.item_id, 1
        FROM asked a
       CROSS JOIN LATERAL (
         SELECT x.item_id
           FROM supplier s
          CROSS JOIN LATERAL (
            SELECT y.item_id, y.started_at_us FROM publish_attempt y
             WHERE y.tenant_id = s.tenant_id AND y.supplier_id = s.id AND y.status = 'accepted'
               AND y.started_at_us > a.now_us - 900000000
             ORDER BY y.started_at_us DESC LIMIT ${some * 4}) x
          WHERE s.tenant_id = a.tenant_id
          GROUP BY x.item_id ORDER BY max(x.started_at_us) DESC LIMIT ${some}) r
       UNION ALL
      SELECT a.tenant_id, e.item_id, 2
        FROM asked a
       CROSS JOIN LATERAL (
         SELECT x.item_id FROM supplier_event x
          WHERE x.tenant_id = a.tenant_id AND x.received_at_us > a.now_us - 86400000000 AND x.item_id IS NOT NULL
          -- Some of them will be there already, or were never accepted.
          GROUP BY x.item_id ORDER BY random() LIMIT ${items * 3}) e
    ), chosen AS (
      SELECT c.tenant_id, c.item_id, min(c.turn) AS turn FROM candidates c GROUP BY 1, 2
    ), published AS (
      SELECT c.*, p.version,
             row_number() OVER (PARTITION BY c.tenant_id ORDER BY c.turn, random()) AS nth
        FROM chosen c
        JOIN asked a USING (tenant_id)
       CROSS JOIN LATERAL (
         SELECT x.version FROM publish_attempt x
          WHERE x.item_id = c.item_id AND x.status IN ('accepted', 'rejected') AND x.status = 'accepted'
            AND x.storefront = a.storefront
          ORDER BY x.version DESC LIMIT 1) p
    )
    SELECT p.tenant_id, p.item_id, p.version, a.name, a.kind, a.url, a.config
      FROM published p JOIN asked a USING (tenant_id)
     WHERE p.nth <= ${items}
     ORDER BY p.tenant_id, p.nth`;
  return rows.map((row) => ({
    tenant: row.tenant_id,
    itemId: row.item_id,
    acceptedVersion: row.version,
    storefront:
      row.name === null || row.kind === null || row.url === null
        ? null
        : { tenantId: row.tenant_id, name: row.name, kind: row.kind, url: row.url, config: row.config },
  }));
}
