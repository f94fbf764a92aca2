import type { Transaction } from '../database/client.ts';
import { editDistance } from '../domain/edit-distance.ts';
import { isStorable } from '../domain/safe-text.ts';
import { normalizeSku } from '../domain/normalize.ts';

/** So many of each tenant are compared, each way that they were found. */
const CANDIDATES = 200;
const SHOWN = 5;
/** Above every character that a SKU may hold. */
const LAST_CHARACTER = '\u{10ffff}';

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
  const beginnings = Array.from({ length: sku.length }, (_, length) => sku.slice(0, length + 1));
  // By the trigrams that they share, by what the key is the beginning of, and by what is the beginning of the key.
  const rows = await database.$queryRaw<{ item_id: string; sku: string }[]>`
    SELECT DISTINCT k.item_id, substr(k.item_id, length(t.id) + 2) AS sku
      FROM unnest(${tenant === undefined ? [...tenants] : [tenant]}::text[]) AS t (id)
     CROSS JOIN LATERAL (
       (SELECT i.item_id FROM catalog_item i WHERE i.tenant_id = t.id AND i.sku <> '' ORDER BY i.sku <-> ${sku} LIMIT ${CANDIDATES}::integer)
       UNION ALL
       (SELECT e.item_id FROM supplier_event e
         WHERE e.tenant_id = t.id AND e.decision IS NULL AND e.item_id IS NOT NULL
         ORDER BY e.item_id <-> (t.id || ':' || ${sku}) LIMIT ${CANDIDATES}::integer)
       UNION ALL
       (SELECT i.item_id FROM catalog_item i
         WHERE i.tenant_id = t.id AND i.item_id COLLATE "C" >= t.id || ':' || ${sku}
           AND i.item_id COLLATE "C" < t.id || ':' || ${sku + LAST_CHARACTER}
         ORDER BY i.item_id COLLATE "C" LIMIT ${SHOWN}::integer)
       UNION ALL
       SELECT i.item_id FROM catalog_item i WHERE i.tenant_id = t.id AND i.sku = ANY (${beginnings}::text[])) k`;
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
  return editDistance(a, b);
}
