import type { Database } from '../database/client.ts';
import type { FindingKind } from '../domain/sweep.ts';
import { formatTime } from '../domain/time.ts';

/** An item that is shown otherwise than the ledger says. Times are RFC 3339. */
export interface Finding {
  itemId: string;
  /** By whose page. */
  storefront: string;
  kind: FindingKind;
  foundAt: string;
  /** The newest version when it was found; null: the catalog does not know the item. */
  ledger: { version: number; quantity: number } | null;
  /** The last version that the storefront had accepted. */
  acceptedVersion: number | null;
  /** Null: the storefront does not know it. */
  shown: { version: number; quantity: number } | null;
  /** The version in which it was published anew. */
  repairedVersion: number | null;
  /** When it was read back and found right. */
  mendedAt: string | null;
  /** Why it was not repaired, or not mended. */
  note: string | null;
}

/** Where the next page begins behind a finding. */
export function placeOf({ storefront, itemId }: Finding): string {
  return `${storefront}/${itemId}`;
}

/**
 * Reads a page of a sweep's findings, sorted by item and storefront.
 *
 * @param page.after as `placeOf` gave it; empty: from the beginning
 */
export async function readFindings(
  database: Pick<Database, 'sweepFinding'>,
  page: { sweepId: string; after: string; limit: number },
): Promise<Finding[]> {
  const cut = page.after.indexOf('/');
  const [storefront, itemId] = [page.after.slice(0, cut), page.after.slice(cut + 1)];
  const rows = await database.sweepFinding.findMany({
    where: {
      sweepId: page.sweepId,
      ...(cut > 0 && { OR: [{ itemId: { gt: itemId } }, { itemId, storefront: { gt: storefront } }] }),
    },
    orderBy: [{ itemId: 'asc' }, { storefront: 'asc' }],
    take: page.limit,
  });
  return rows.map((row) => ({
    itemId: row.itemId,
    storefront: row.storefront,
    kind: row.kind as FindingKind,
    foundAt: formatTime(row.foundAtUs),
    ledger: pair(row.ledgerVersion, row.ledgerQuantity),
    acceptedVersion: row.acceptedVersion,
    shown: pair(row.shownVersion, row.shownQuantity),
    repairedVersion: row.repairedVersion,
    mendedAt: row.mendedAtUs === null ? null : formatTime(row.mendedAtUs),
    note: row.note,
  }));
}

function pair(version: number | null, quantity: number | null): Finding['ledger'] {
  return version === null || quantity === null ? null : { version, quantity };
}
