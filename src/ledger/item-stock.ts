import type { Transaction } from '../database/client.ts';
import type { StandingEvent, StockRule } from '../domain/stock.ts';
import { stockRuleOf, type StockRuleRow } from './stock-rule-row.ts';

/** A standing event, and which row of the ledger it is. */
export interface StandingRow extends StandingEvent {
  seq: bigint;
}

export interface ItemLedger {
  /** The rule that the item goes by now. */
  rule: StockRule;
  standing: StandingRow[];
  /** Its figure is that of its greatest event: see the database function `is_plain`. */
  plain: boolean;
}

/** What an item is made of by its ledger, for `weighStock`, whatever the catalog's row says. */
export async function readItemLedger(
  transaction: Pick<Transaction, '$queryRaw'>,
  itemId: string,
): Promise<ItemLedger> {
  const [row] = await transaction.$queryRaw<
    (StockRuleRow & {
      plain: boolean;
      standing: { seq: number; updatedAtUs: number; [name: string]: unknown }[];
    })[]
  >`
    SELECT r.rule, r.supplier_order AS "supplierOrder", r.supplier_reserves AS "supplierReserves", r.reserve,
           r.max_shown AS "maxShown", is_plain(${itemId}, r.id) AS plain,
           standing_of_item(${itemId}) AS standing
      FROM stock_rule r WHERE r.id = item_rule(${itemId})`;
  if (!row) throw new Error(`the tenant of ${itemId} has no stock rule`);
  return {
    rule: stockRuleOf(row),
    plain: row.plain,
    standing: row.standing.map(({ seq, updatedAtUs, ...event }) => ({
      ...(event as Omit<StandingRow, 'seq' | 'updatedAt'>),
      seq: BigInt(seq),
      updatedAt: BigInt(updatedAtUs),
    })),
  };
}
