import { codeKey, inPieces } from '../../domain/sku-alias.ts';
import type { AliasBook } from '../../ledger/alias-book.ts';

const MOST_CODES = 10_000;
const SHOWN_CODES = 20;

/** What nobody knows of a file: how many events, of how many codes, and the first of these. */
export interface PreviewedUnknown {
  events: number;
  codes: number;
  first: string[];
}

/** What an event of a file says of which SKU: in pieces, or as it was sent where its code would wait for an alias. */
export function byAlias(
  { sku: code, quantity: sent }: { sku: string; quantity: number },
  aliases: AliasBook,
): { sku: string; quantity: number; code?: string; unknown?: true } {
  const alias = aliases.of(code);
  const quantity = inPieces(sent, alias?.factor ?? 1);
  if (quantity === undefined || (aliases.holdsUnknown && !alias))
    return { sku: code, quantity: sent, unknown: true };
  return alias ? { sku: alias.sku, quantity, code } : { sku: code, quantity };
}

/** Counts the codes of a file that would wait for an alias; beyond 10,000 of them no new ones. */
export function unknownCodes(aliases: AliasBook) {
  const keys = new Set<string>();
  const seen: PreviewedUnknown = { events: 0, codes: 0, first: [] };
  return {
    seen: () => seen,
    add(items: readonly { sku: string; quantity?: number | undefined }[]): void {
      for (const { sku, quantity } of items) {
        // A row that says nothing of it gives no event.
        if (quantity === undefined) continue;
        const alias = aliases.of(sku);
        if (alias ? inPieces(quantity, alias.factor) !== undefined : !aliases.holdsUnknown) continue;
        seen.events += 1;
        const key = codeKey(sku);
        if (keys.has(key) || keys.size >= MOST_CODES) continue;
        keys.add(key);
        seen.codes = keys.size;
        if (seen.first.length < SHOWN_CODES) seen.first.push(sku);
      }
    },
  };
}
