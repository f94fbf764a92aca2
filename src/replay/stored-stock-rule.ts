import type { Transaction } from '../database/client.ts';
import { isSameStockRule } from '../domain/stock-rule-words.ts';
import { NEWEST, type StockRule } from '../domain/stock.ts';

/** The rule that tenants have unless told otherwise: a row of its own would have its items weighed. */
const OF_EVERY_TENANT = 0;

/** Writes a stock rule down. @returns its row's id */
export async function storedStockRule(
  transaction: Pick<Transaction, 'stockRule'>,
  tenant: string,
  rule: StockRule,
): Promise<number> {
  if (isSameStockRule(rule, NEWEST)) return OF_EVERY_TENANT;
  const row = await transaction.stockRule.create({
    data: {
      tenantId: tenant,
      rule: rule.rule,
      supplierOrder: [...rule.order],
      supplierReserves: rule.supplierReserves,
      reserve: rule.reserve,
      maxShown: rule.maxShown ?? null,
    },
  });
  return row.id;
}
