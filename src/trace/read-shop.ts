import type { Database } from '../database/client.ts';
import { openPages, type PageFigures, type ReadStorefront } from '../storefront/pages.ts';
import { printableReason } from '../storefront/reason.ts';
import type { TraceShown, TraceStorefront } from './trace.ts';

/** What a shop was read to show of an item. Only what a read-back saw is `shown`. */
export type Shop =
  | {
      kind: 'shown';
      quantity: number;
      version: number;
      /** The ledger never made this version with this quantity: somebody else wrote it. */
      neverTold: boolean;
    }
  | { kind: 'unknown item' }
  | { kind: 'no answer'; why: string }
  | { kind: 'no address' };

/**
 * Reads what a storefront shows now, as a customer's browser would.
 *
 * @param asked.row undefined: the default one
 */
export async function readShop(
  database: Database,
  asked: {
    row: ReadStorefront | undefined;
    defaultUrl: string | undefined;
    itemId: string;
    timeoutMs: number;
  },
): Promise<Shop> {
  const { row, defaultUrl, itemId, timeoutMs } = asked;
  let shown: PageFigures | undefined;
  try {
    const pages = await openPages(database, row, defaultUrl);
    if (!pages) return { kind: 'no address' };
    shown = await pages.readBack(itemId, timeoutMs);
  } catch (error) {
    return { kind: 'no answer', why: printableReason((error as Error).message) };
  }
  if (!shown) return { kind: 'unknown item' };
  return { kind: 'shown', ...shown, neverTold: !(await isOfLedger(database, itemId, shown)) };
}

/** Asked after the read-back: a version is in the ledger before any storefront is told of it. */
async function isOfLedger(
  database: Database,
  itemId: string,
  { quantity, version }: { quantity: number; version: number },
): Promise<boolean> {
  // As bigint: a storefront may show what no version can be.
  const [row] = await database.$queryRaw<[{ found: boolean }]>`
    SELECT EXISTS (SELECT 1 FROM catalog_item_version v
                    WHERE v.item_id = ${itemId} AND v.version = ${BigInt(version)}::bigint
                      AND v.quantity = ${BigInt(quantity)}::bigint) AS found`;
  return row.found;
}

/** The same as a trace tells it. */
export function describeShop(shop: Shop): TraceStorefront | null {
  switch (shop.kind) {
    case 'shown':
      return { quantity: shop.quantity, version: shop.version };
    case 'unknown item':
      return { kind: 'unknown item', error: 'the storefront does not know the item' };
    case 'no answer':
      return { kind: 'no answer', error: shop.why };
    case 'no address':
      return null;
  }
}

/** The same, beside the version that the storefront had accepted before it was asked. */
export function describeShown(shop: Shop, accepted: { version: number } | null): TraceShown | null {
  if (shop.kind !== 'shown') return describeShop(shop) as Extract<TraceShown, { error: string }> | null;
  const { quantity, version, neverTold } = shop;
  const isOld = accepted !== null && version < accepted.version;
  return {
    ...{ quantity, version },
    wrong: isOld ? 'old_quantity_shown' : neverTold ? 'wrong_quantity_shown' : null,
  };
}
