import type { Database } from '../database/client.ts';
import { Prisma } from '../generated/prisma/client.ts';

/**
 * The last version of item `c` that a storefront has accepted; what another one of its name accepted is not its own. Of a
 * version that nobody is known to have been told of, what its publication says counts for all.
 */
function acceptedBy(storefront: string): Prisma.Sql {
  return Prisma.sql`
    SELECT v.version FROM catalog_item_version v
     WHERE v.item_id = c.item_id
       AND (EXISTS (SELECT 1 FROM publish_attempt p
                     WHERE p.item_id = v.item_id AND p.version = v.version AND p.storefront = ${storefront}
                       AND p.id > coalesce((SELECT s.counts_from FROM open_storefronts(ARRAY[c.tenant_id]) s
                                             WHERE s.name = p.storefront), 0)
                       AND p.status IN ('accepted', 'rejected') AND p.status = 'accepted')
            OR v.publication = 'accepted' AND NOT EXISTS (
                 SELECT 1 FROM publish_attempt p WHERE p.item_id = v.item_id AND p.version = v.version))
     ORDER BY v.version DESC LIMIT 1`;
}

/** What the ledger says of an item, at the moment of asking the database. */
export interface LedgerItem {
  itemId: string;
  /** False: only the storefront knows it. */
  known: boolean;
  /** The last version that the storefront accepted. */
  accepted: number | null;
  /** Whether there is anything that a storefront can be held to. */
  asked: boolean;
}

interface Row {
  item_id: string;
  accepted: number | null;
  publication: string | null;
}

/**
 * Reads a page of a tenant's items, in the order of their bytes. A sweep reads it before it asks the storefront: a
 * version that is accepted meanwhile makes no answer wrong.
 *
 * @param page.after empty: from the beginning
 */
export async function readLedgerPage(
  database: Pick<Database, '$queryRaw'>,
  page: { tenant: string; storefront: string; after: string; limit: number },
): Promise<LedgerItem[]> {
  const rows = await database.$queryRaw<Row[]>`
    SELECT c.item_id, a.version AS accepted, n.publication
      FROM (SELECT x.item_id, x.tenant_id FROM catalog_item x
             WHERE x.tenant_id = ${page.tenant} AND x.item_id COLLATE "C" > ${page.after}
             ORDER BY x.item_id COLLATE "C" LIMIT ${page.limit}) c
      LEFT JOIN LATERAL (SELECT v.publication FROM catalog_item_version v WHERE v.item_id = c.item_id
                          ORDER BY v.version DESC LIMIT 1) n ON true
      LEFT JOIN LATERAL (${acceptedBy(page.storefront)}) a ON true
     ORDER BY c.item_id COLLATE "C"`;
  return rows.map(ledgerItemOf);
}

/** The same of some items; what the catalog does not know is left out. */
export async function readLedgerItems(
  database: Pick<Database, '$queryRaw'>,
  { storefront, itemIds }: { storefront: string; itemIds: readonly string[] },
): Promise<LedgerItem[]> {
  const rows = await database.$queryRaw<Row[]>`
    SELECT c.item_id, a.version AS accepted, n.publication
      FROM catalog_item c
      LEFT JOIN LATERAL (SELECT v.publication FROM catalog_item_version v WHERE v.item_id = c.item_id
                          ORDER BY v.version DESC LIMIT 1) n ON true
      LEFT JOIN LATERAL (${acceptedBy(storefront)}) a ON true
     WHERE c.item_id = ANY (${[...itemIds]}::text[])`;
  return rows.map(ledgerItemOf);
}

function ledgerItemOf({ item_id: itemId, accepted, publication }: Row): LedgerItem {
  return {
    itemId,
    known: true,
    accepted,
    asked: accepted !== null || publication === 'rejected' || publication === 'failed',
  };
}
