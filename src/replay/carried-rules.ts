import type { Database } from '../database/client.ts';
import { stockRuleInWords } from '../domain/stock-rule-words.ts';
import { stockRuleOf } from '../ledger/stock-rule-row.ts';

/** In words, by id: the stock rules that some replays carry out. */
export async function readCarriedRules(
  database: Pick<Database, 'stockRule'>,
  replays: readonly { stockRuleId: number | null }[],
): Promise<ReadonlyMap<number, string>> {
  const ids = replays.flatMap(({ stockRuleId }) => (stockRuleId === null ? [] : [stockRuleId]));
  if (ids.length === 0) return new Map();
  const rows = await database.stockRule.findMany({ where: { id: { in: ids } } });
  return new Map(rows.map((row) => [row.id, stockRuleInWords(stockRuleOf(row))]));
}
