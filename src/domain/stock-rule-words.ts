import type { StockRule, StockRuleName } from './stock.ts';

/** A stock rule as commands and the API show it. */
export interface ShownStockRule {
  rule: StockRuleName;
  supplierOrder: string[];
  supplierReserves: Record<string, number>;
  reserve: number;
  maxShown: number | null;
}

export function shownStockRule(rule: StockRule): ShownStockRule {
  const reserves = Object.entries(rule.supplierReserves).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    rule: rule.rule,
    supplierOrder: [...rule.order],
    supplierReserves: Object.fromEntries(reserves),
    reserve: rule.reserve,
    maxShown: rule.maxShown ?? null,
  };
}

export function isSameStockRule(one: StockRule, other: StockRule): boolean {
  return JSON.stringify(shownStockRule(one)) === JSON.stringify(shownStockRule(other));
}

/** Such as `priority (acme, globex); 2 kept back; at most 10 shown; of acme 3 kept back`. */
export function stockRuleInWords(rule: StockRule): string {
  const { supplierReserves } = shownStockRule(rule);
  return [
    rule.order.length > 0 ? `${rule.rule} (${rule.order.join(', ')})` : rule.rule,
    rule.reserve > 0 && `${rule.reserve} kept back`,
    rule.maxShown !== undefined && `at most ${rule.maxShown} shown`,
    ...Object.entries(supplierReserves).map(([supplier, pieces]) => `of ${supplier} ${pieces} kept back`),
  ]
    .filter((part) => part !== false)
    .join('; ');
}
