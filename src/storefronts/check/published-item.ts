import type { Database } from '../../database/client.ts';
import type { ShownItem } from '../../storefront/kinds/kind.ts';
import type { ScratchItem } from './scratch-item.ts';
import { same } from './shown.ts';

/** An item, and the version that a storefront has accepted of it. */
export interface PublishedItem extends ScratchItem {
  version: number;
  quantity: number;
}

type Ledger = Pick<Database, '$queryRaw'>;

/** The item of which a storefront accepted a version last. Undefined: none, as far as attempts are kept. */
export async function newestPublished(
  database: Ledger,
  { tenant, name }: { tenant: string; name: string },
): Promise<PublishedItem | undefined> {
  const [found] = await database.$queryRaw<[{ itemId: string; version: number; quantity: number }?]>`
    SELECT v.item_id AS "itemId", v.version, v.quantity
      FROM (SELECT a.item_id, f.counts_from
              FROM supplier s
              JOIN storefront f ON f.tenant_id = s.tenant_id AND f.name = ${name}
             CROSS JOIN LATERAL (
               SELECT x.item_id, x.started_at_us FROM publish_attempt x
                WHERE x.tenant_id = s.tenant_id AND x.supplier_id = s.id
                  AND x.status = 'accepted' AND x.storefront = ${name} AND x.id > f.counts_from
                ORDER BY x.started_at_us DESC LIMIT 1) a
             WHERE s.tenant_id = ${tenant}
             ORDER BY a.started_at_us DESC LIMIT 1) newest
      JOIN LATERAL (
        SELECT x.version FROM publish_attempt x
         WHERE x.item_id = newest.item_id AND x.status = 'accepted' AND x.storefront = ${name}
           AND x.id > newest.counts_from
         ORDER BY x.version DESC LIMIT 1) accepted ON true
      JOIN catalog_item_version v ON v.item_id = newest.item_id AND v.version = accepted.version`;
  return found && { ...found, tenant, sku: found.itemId.slice(tenant.length + 1) };
}

/** Whether a page shows what was accepted, or something newer that is just being told. */
export async function isPublished(
  database: Ledger,
  { itemId, version }: PublishedItem,
  shown: ShownItem | undefined,
): Promise<boolean> {
  // After the read-back: a version is in the ledger before any storefront is told of it.
  const since = await database.$queryRaw<{ version: number; quantity: number }[]>`
    SELECT v.version, v.quantity FROM catalog_item_version v
     WHERE v.item_id = ${itemId} AND v.version >= ${version}::integer`;
  return since.some((one) => same(shown, one));
}
