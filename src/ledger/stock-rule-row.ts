import type { StockRule, StockRuleName } from '../domain/stock.ts';

/** A row of `stock_rule`. */
export interface StockRuleRow {
  rule: string;
  supplierOrder: string[];
  /** Pieces by supplier. */
  supplierReserves: unknown;
  reserve: number;
  maxShown: number | null;
}

export function stockRuleOf(row: StockRuleRow): StockRule {
  return {
    rule: row.rule as StockRuleName,
    order: row.supplierOrder,
    supplierReserves: row.supplierReserves as Record<string, number>,
    reserve: row.reserve,
    maxShown: row.maxShown ?? undefined,
  };
}
