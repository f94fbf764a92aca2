import { itemIdOf } from '../../../domain/identity.ts';
import { isStorable } from '../../../domain/safe-text.ts';
import { compareUtf8 } from '../../../domain/utf8.ts';
import { StorefrontSilent } from '../../get-answer.ts';
import { printableReason } from '../../reason.ts';
import { LIST_LIMIT, type ListAnswer, type ListedItem } from '../../read-list.ts';
import { AdminFault } from './fault-table.ts';
import type { ListedStockApi } from './stock-api.ts';

/** Admin APIs sort by the collation of their database, and we go by bytes: so it is read whole, and sorted here. */
const MOST = 100_000;
/** What is older is read again; a sweep that is slower than that sees newer entries, no other ones. */
const KEPT_FOR_MS = 600_000;

interface Snapshot {
  readAtMs: number;
  /** Ascending. */
  items: ListedItem[];
}

/** One for each storefront that is swept just now. */
const snapshots = new Map<string, Snapshot>();

/**
 * A page of all that we have told a shop of, by its admin API.
 *
 * @param key of the storefront
 * @throws StorefrontSilent when it cannot be reached, or asks for patience
 */
export async function listStock(
  key: string,
  { shop, tenant, after }: { shop: ListedStockApi<unknown>; tenant: string; after: string },
): Promise<ListAnswer> {
  const nowMs = performance.now();
  for (const [one, { readAtMs }] of snapshots) if (nowMs - readAtMs > KEPT_FOR_MS) snapshots.delete(one);
  let snapshot = after === '' ? undefined : snapshots.get(key);
  if (!snapshot) {
    try {
      const items = await readAll(shop, tenant);
      if (typeof items === 'string') return { kind: 'unusable', why: items };
      snapshot = { readAtMs: nowMs, items };
    } catch (error) {
      if (isLate(error)) return { kind: 'unusable', why: 'its list cannot be read whole in time' };
      if (error instanceof AdminFault && error.means === 'rejected')
        return { kind: 'unusable', why: error.message };
      throw error;
    }
    snapshots.set(key, snapshot);
  }
  const rest = snapshot.items.filter(({ itemId }) => compareUtf8(itemId, after) > 0);
  const items = rest.slice(0, LIST_LIMIT);
  const isLast = rest.length <= LIST_LIMIT;
  if (isLast) snapshots.delete(key);
  return { kind: 'page', items, next: isLast ? null : (items.at(-1)?.itemId ?? null) };
}

/** @returns why there is no list, in place of it */
async function readAll(shop: ListedStockApi<unknown>, tenant: string): Promise<ListedItem[] | string> {
  const items = new Map<string, ListedItem>();
  for (let page = 0; ; page += 1) {
    const entries = await shop.list(page);
    if (!entries) break;
    for (const { sku, version, quantity } of entries) {
      const itemId = itemIdOf(tenant, sku);
      // What we never told it of is the shop's own; 0 stands where a check was that took back what it had told.
      if (version === null || version === 0 || !isStorable(itemId)) continue;
      if (quantity !== null && !Number.isInteger(quantity))
        return printableReason(`it has ${quantity} of ${itemId}, which is no whole number`);
      items.set(itemId, { itemId, version, quantity: quantity ?? 0 });
    }
    if (items.size > MOST) return `its list has more than ${MOST} items`;
  }
  return [...items.values()].toSorted((a, b) => compareUtf8(a.itemId, b.itemId));
}

function isLate(error: unknown): boolean {
  return (
    error instanceof StorefrontSilent &&
    !(error instanceof AdminFault) &&
    error.cause instanceof Error &&
    error.cause.name === 'TimeoutError'
  );
}
