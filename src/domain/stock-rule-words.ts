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
export function shownRuleInWords(shown: ShownStockRule): string {
  const { rule, reserve, maxShown, supplierReserves } = shown;
  const order = shown.supplierOrder.join(', ');
  return [
    rule === 'priority' && order !== '' ? `priority (${order})` : rule,
    // Kept for later: beside another rule's name it would seem to say whose figures are taken.
    rule !== 'priority' && order !== '' && `order for priority: ${order}`,
    reserve > 0 && `${reserve} kept back`,
    maxShown !== null && `at most ${maxShown} shown`,
    ...Object.entries(supplierReserves).map(([supplier, pieces]) => `of ${supplier} ${pieces} kept back`),
  ]
    .filter((part) => part !== false)
    .join('; ');
}

export function stockRuleInWords(rule: StockRule): string {
  return shownRuleInWords(shownStockRule(rule));
}
