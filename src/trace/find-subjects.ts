import type { Transaction } from '../database/client.ts';
import { itemIdOf, NAME } from '../domain/identity.ts';
import { isStorable } from '../domain/safe-text.ts';
import { normalizeSku } from '../domain/normalize.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { findByCode } from './find-by-code.ts';
import type { Subject } from './read-story.ts';

/**
 * The items that a key may mean: as a SKU, as an item id, as the id of an event, and as a supplier's code. In the order of
 * their ids.
 *
 * @param tenants only theirs are looked at
 */
export async function findSubjects(
  database: Transaction,
  key: string,
  tenants: readonly string[],
): Promise<Subject[]> {
  if (!isStorable(key) || key.trim() === '') return [];
  const subjects = new Map<string, Subject>();
  const add = (found: Subject): void => {
    const itemId = itemIdOf(found.tenant, found.sku);
    const known = subjects.get(itemId);
    subjects.set(itemId, {
      ...found,
      rawSkus: [...new Set([...(known?.rawSkus ?? []), ...found.rawSkus])],
      asked: [...(known?.asked ?? []), ...found.asked],
    });
  };

  for (const found of await findBySku(database, key, tenants)) add(found);
  const colon = key.indexOf(':');
  const tenant = key.slice(0, Math.max(colon, 0));
  if (NAME.test(tenant) && tenants.includes(tenant)) {
    for (const found of await findBySku(database, key.slice(colon + 1), [tenant])) add(found);
  }
  for (const found of await findByEventId(database, key, tenants)) add(found);
  for (const { tenant: owner, sku } of await findByCode(database, key, tenants)) {
    for (const found of await findBySku(database, sku, [owner])) add(found);
  }
  return [...subjects.keys()].toSorted().flatMap((itemId) => subjects.get(itemId) ?? []);
}

/** One item for each tenant in which the SKU was ever heard of. */
export async function findBySku(
  database: Transaction,
  text: string,
  tenants: readonly string[],
): Promise<Subject[]> {
  if (!isStorable(text)) return [];
  const sku = normalizeSku(text);
  if (sku === '') return [];
  const itemIds = tenants.map((tenant) => itemIdOf(tenant, sku));
  const known = await database.$queryRaw<{ tenant_id: string }[]>`
    SELECT t.id AS tenant_id FROM tenant t
     WHERE t.id = ANY (${[...tenants]}::text[])
       AND (EXISTS (SELECT 1 FROM catalog_item i
                     WHERE i.item_id = ANY (${itemIds}::text[]) AND i.item_id = t.id || ':' || ${sku})
            OR EXISTS (SELECT 1 FROM supplier_event e WHERE e.item_id = t.id || ':' || ${sku}))`;
  const raw = await findRawSkus(database, [text, sku, sku.toLowerCase()], sku, tenants);
  const heard = new Set([...known.map((row) => row.tenant_id), ...raw.keys()]);
  return [...heard].map((tenant) => ({ tenant, sku, rawSkus: raw.get(tenant) ?? [], asked: [] }));
}

/** A supplier's event ids are its own, so several suppliers may have used the same one. */
export async function findByEventId(
  database: Transaction,
  eventId: string,
  tenants: readonly string[],
  supplier?: string,
): Promise<Subject[]> {
  if (!isStorable(eventId)) return [];
  const rows = await database.$queryRaw<
    { seq: bigint; tenant_id: string; item_id: string | null; sku: string }[]
  >`
    SELECT e.seq, e.tenant_id, e.item_id, e.sku
      FROM supplier s
      JOIN supplier_event e ON e.tenant_id = s.tenant_id AND e.supplier_id = s.id AND e.event_id = ${eventId}
     WHERE s.tenant_id = ANY (${[...tenants]}::text[])
       AND (${supplier ?? null}::text IS NULL OR s.id = ${supplier ?? null}::text)`;
  return Promise.all(
    rows.map(async (row) => {
      const sku = row.item_id?.slice(row.tenant_id.length + 1) ?? normalizeSku(row.sku);
      const raw = await findRawSkus(database, [row.sku], sku, [row.tenant_id]);
      return { tenant: row.tenant_id, sku, rawSkus: raw.get(row.tenant_id) ?? [], asked: [row.seq] };
    }),
  );
}

/**
 * The forms in which a SKU arrived in events without an item: rejected, or not yet normalized. The database upper-cases
 * a to z only, so that other letters are found as they stand in the forms given.
 */
async function findRawSkus(
  database: Transaction,
  forms: readonly string[],
  sku: string,
  tenants: readonly string[],
): Promise<Map<string, string[]>> {
  const keys = Prisma.sql`ARRAY(SELECT sku_key(f.form) FROM unnest(${[...forms, sku]}::text[]) f (form))`;
  const rows = await database.$queryRaw<{ tenant_id: string; sku: string }[]>`
    SELECT e.tenant_id, e.sku FROM supplier_event e
     WHERE e.tenant_id = ANY (${[...tenants]}::text[]) AND e.decision = 'rejected' AND sku_key(e.sku) = ANY (${keys})
    UNION
    SELECT e.tenant_id, e.sku FROM supplier_event e
     WHERE e.tenant_id = ANY (${[...tenants]}::text[]) AND e.decision IS NULL AND e.item_id IS NULL
       AND sku_key(e.sku) = ANY (${keys})`;
  const found = new Map<string, string[]>();
  for (const row of rows) {
    if (normalizeSku(row.sku) !== sku) continue;
    found.set(row.tenant_id, [...(found.get(row.tenant_id) ?? []), row.sku]);
  }
  return found;
}
