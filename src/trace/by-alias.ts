import { printable } from '../domain/safe-text.ts';
import { eventCodeInWords } from '../domain/sku-alias.ts';

/** What a query gives of an event's code, all null for one that names a SKU. */
export interface CodeColumns {
  supplier_id: string;
  code: string | null;
  code_quantity: number | null;
  alias_sku: string | null;
  alias_factor: number | null;
  alias_since_us: bigint | null;
  waited_until_us: bigint | null;
}

/** `acme's code 4711 is CHAIR-01 by the alias of 2026-11-26`; null for an event that names a SKU. */
export function aliasWords(row: CodeColumns): string | null {
  if (row.code === null) return null;
  return eventCodeInWords({
    supplier: row.supplier_id,
    code: printable(row.code),
    quantity: row.code_quantity ?? 0,
    alias:
      row.alias_sku === null
        ? null
        : { sku: row.alias_sku, factor: row.alias_factor ?? 1, since: row.alias_since_us ?? 0n },
    waitedUntil: row.waited_until_us,
  });
}
