import type { Transaction } from '../database/client.ts';
import { isStorable } from '../domain/safe-text.ts';
import { normalizeSku } from '../domain/normalize.ts';

const CANDIDATES = 1000;
const SHOWN = 5;
/** So many characters of beginning and end are compared. */
const LONGEST_SHARED = 16;

/**
 * Item ids that look like a key nobody knows, at most five, the likeliest first; also of items that have undecided
 * events only.
 *
 * @param tenants only theirs are looked at; of one of them alone, when the key names it
 */
export async function findNearMatches(
  database: Transaction,
  key: string,
  tenants: readonly string[],
): Promise<string[]> {
  if (!isStorable(key)) return [];
  const tenant = tenants.find((name) => key.startsWith(`${name}:`));
  const sku = normalizeSku(tenant === undefined ? key : key.slice(tenant.length + 1));
  const most = Math.max(2, Math.floor(sku.length / 3));
  // A typing error leaves what stands before it and behind it: the SKUs that share most of both are looked at.
  const rows = await database.$queryRaw<{ item_id: string; sku: string }[]>`
    SELECT item_id, sku
      FROM (SELECT item_id, tenant_id, sku FROM catalog_item
            UNION
            SELECT item_id, tenant_id, substr(item_id, length(tenant_id) + 2) FROM supplier_event
             WHERE decision IS NULL AND item_id IS NOT NULL) known
     WHERE tenant_id = ANY (${tenant === undefined ? [...tenants] : [tenant]}::text[])
       AND (abs(length(sku) - ${sku.length}::integer) <= ${most}::integer OR starts_with(sku, ${sku}) OR starts_with(${sku}, sku))
     ORDER BY (SELECT count(*) FILTER (WHERE left(sku, k) = left(${sku}, k))
                      + count(*) FILTER (WHERE right(sku, k) = right(${sku}, k))
                 FROM generate_series(1, ${Math.min(sku.length, LONGEST_SHARED)}::integer) AS k) DESC, item_id
     LIMIT ${CANDIDATES}::integer`;
  return rows
    .map((row) => ({ itemId: row.item_id, distance: distanceOf(sku, row.sku) }))
    .filter(({ distance }) => distance <= most)
    .toSorted((a, b) => a.distance - b.distance || (a.itemId < b.itemId ? -1 : 1))
    .slice(0, SHOWN)
    .map(({ itemId }) => itemId);
}

/** Half a step for a text that the other only continues; else Levenshtein's distance. */
function distanceOf(a: string, b: string): number {
  if (a !== '' && (a.startsWith(b) || b.startsWith(a))) return 0.5;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
