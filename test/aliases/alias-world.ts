import { takeAliases } from '../../src/aliases/take-aliases.ts';
import type { ImportedAliases } from '../../src/aliases/change-aliases.ts';
import { changeTenant } from '../../src/flags/tenants.ts';
import type { UnknownSkuRule } from '../../src/domain/sku-alias.ts';
import { saveCatalogItem } from '../../src/ledger/save-catalog-item.ts';
import type { TestDatabase } from '../support/database.ts';
import { record } from '../support/record.ts';

export const TENANT = 'shop';
export const BY = { actor: 'ann' };

/** `code sku factor` a line. */
export function alias(
  test: TestDatabase,
  lines: readonly string[],
  { supplier = 'acme', dryRun = false } = {},
): Promise<ImportedAliases> {
  const rows = lines.map((text, index) => {
    const [code = '', sku = '', factor = ''] = text.split(' ');
    return { line: index + 1, code, sku, factor };
  });
  return takeAliases(test.as('operator'), { tenant: TENANT, supplier }, rows, { by: BY, dryRun });
}

export async function onUnknown(test: TestDatabase, unknownSkus: UnknownSkuRule): Promise<void> {
  await changeTenant(test.as('operator'), { tenant: TENANT, unknownSkus, ...BY });
}

export function arrive(
  test: TestDatabase,
  eventId: string,
  [sku, quantity, updatedAt = 1n]: [string, number, bigint?],
  supplier = 'acme',
) {
  return record(test.as('server'), TENANT, supplier, [{ eventId, sku, quantity, updatedAt }]);
}

/** Decides what is due, as workers do: what waits is left alone. */
export async function decideDue(test: TestDatabase): Promise<void> {
  const due = await test.sql<{ seq: string; sku: string }>(
    'SELECT seq, sku_key(sku) AS sku FROM supplier_event WHERE start_due_us IS NOT NULL AND decision IS NULL ORDER BY start_due_us',
  );
  for (const { seq, sku } of due) {
    await saveCatalogItem(test.as('worker'), { seq, itemId: `${TENANT}:${sku}`, sku });
  }
}

export async function figures(test: TestDatabase): Promise<Record<string, number>> {
  await decideDue(test);
  const rows = await test.database.catalogItem.findMany({ orderBy: { sku: 'asc' } });
  return Object.fromEntries(rows.map(({ sku, quantity }) => [sku, quantity]));
}

/** What each event says, what it is, and what its trace lacks. */
export function events(test: TestDatabase) {
  return test.sql<{ id: string; sku: string; quantity: number; outcome: string; gap: string | null }>(
    // Nothing is published here.
    `SELECT e.event_id AS id, e.sku, e.quantity, event_outcome(e) AS outcome, nullif(g.gap, 'unpublished') AS gap
       FROM supplier_event e
       LEFT JOIN LATERAL item_gap(e.item_id) i ON true
       LEFT JOIN LATERAL trace_gap(e.seq, i.gap) g ON e.decision IS NOT NULL
      ORDER BY e.seq`,
  );
}
