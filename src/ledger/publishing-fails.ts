import { Prisma } from '../generated/prisma/client.ts';

/**
 * The versions that the catalog has now and the storefront could not be told of up to now, though it is still tried:
 * `seq` of the version's event, its item and version, and since when it waits. Few are unpublished, and an index names them; whether a try
 * failed is known from the first that did, however many there were.
 *
 * @param tenant of that one only
 * @param narrowed a condition on the version `v`
 */
export function unreached(tenant: string, narrowed: Prisma.Sql = Prisma.sql`true`): Prisma.Sql {
  return Prisma.sql`
    SELECT v.event_seq AS seq, v.item_id, v.version, v.publication_at_us AS at_us
      FROM catalog_item_version v
      JOIN catalog_item i ON i.item_id = v.item_id AND i.version = v.version
     WHERE v.publication = 'due' AND i.tenant_id = ${tenant} AND ${narrowed}
       AND EXISTS (SELECT 1 FROM publish_attempt a
                    WHERE a.item_id = v.item_id AND a.version = v.version AND a.status = 'failed'
                      AND a.id > coalesce((SELECT max(x.id) FROM publish_attempt x
                                            WHERE x.item_id = v.item_id AND x.version = v.version
                                              AND x.status IN ('accepted', 'rejected')), 0))`;
}

/**
 * What the storefront does not take now, of the versions that the catalog has: `seq` of the version's event, the failure
 * `mode`, and since when. Refused, given up, or tried without success so far.
 */
export function publishingFails(tenant: string): Prisma.Sql {
  return Prisma.sql`
    SELECT e.seq, e.failure_mode AS mode, v.publication_at_us AS at_us
      FROM supplier_event e
      JOIN catalog_item_version v ON v.event_seq = e.seq AND v.publication IN ('failed', 'rejected')
      JOIN catalog_item i ON i.item_id = v.item_id AND i.version = v.version
     WHERE e.tenant_id = ${tenant} AND e.failure_mode IN ('storefront_unreachable', 'publish_rejected')
    UNION ALL
    SELECT u.seq, 'storefront_unreachable', u.at_us FROM (${unreached(tenant)}) u`;
}
