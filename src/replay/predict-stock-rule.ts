import type { Database, Transaction } from '../database/client.ts';
import type { StockRule } from '../domain/stock.ts';
import { storedStockRule } from './stored-stock-rule.ts';

/** An item that another stock rule gives another figure, or another event that leads it. */
export interface MovedItem {
  itemId: string;
  before: number;
  after: number;
}

export interface RulePrediction {
  /** In the catalog. */
  items: number;
  changed: number;
}

const ITEMS_AT_A_TIME = 1_000;
const LONGEST_MS = 30 * 60_000;

/** What is thrown so that the transaction, which wrote the rule, is rolled back. */
class Predicted extends Error {
  readonly prediction: RulePrediction;

  constructor(prediction: RulePrediction) {
    super('rolled back');
    this.prediction = prediction;
  }
}

/** Weighs every item of a tenant by a stock rule, in one snapshot of the database; nothing stays of it. */
export async function predictStockRule(
  database: Database,
  asked: { tenant: string; rule: StockRule },
  on: { item(item: MovedItem): void; progress(done: number, items: number): void },
): Promise<RulePrediction> {
  try {
    return await database.$transaction(
      async (transaction) => {
        const ruleId = await storedStockRule(transaction, asked.tenant, asked.rule);
        const items = await transaction.catalogItem.count({ where: { tenantId: asked.tenant } });
        const prediction = { items, changed: 0 };
        let after = '';
        for (let done = 0; ; done += ITEMS_AT_A_TIME) {
          const page = await readPage(transaction, asked.tenant, ruleId, after);
          for (const { itemId, before, after: then } of page.moved) on.item({ itemId, before, after: then });
          prediction.changed += page.moved.length;
          if (page.last === undefined) throw new Predicted(prediction);
          after = page.last;
          on.progress(Math.min(items, done + ITEMS_AT_A_TIME), items);
        }
      },
      { isolationLevel: 'RepeatableRead', timeout: LONGEST_MS, maxWait: 5_000 },
    );
  } catch (error) {
    if (error instanceof Predicted) return error.prediction;
    throw error;
  }
}

async function readPage(
  transaction: Transaction,
  tenant: string,
  ruleId: number,
  after: string,
): Promise<{ moved: MovedItem[]; last: string | undefined }> {
  const rows = await transaction.$queryRaw<{ item_id: string }[]>`
    SELECT i.item_id FROM catalog_item i
     WHERE i.tenant_id = ${tenant} AND i.item_id COLLATE "C" > ${after}
     ORDER BY i.item_id COLLATE "C" LIMIT ${ITEMS_AT_A_TIME}::integer`;
  const ids = rows.map(({ item_id }) => item_id);
  const moved = await transaction.$queryRaw<{ item_id: string; before: number; after: number }[]>`
    SELECT i.item_id, i.quantity AS before, s.quantity AS after
      FROM (SELECT c.item_id, c.quantity FROM catalog_item c
             WHERE c.item_id = ANY (${ids}::text[]) AND item_is_right(c.item_id, ${ruleId}::integer) IS FALSE
            OFFSET 0) i
     CROSS JOIN LATERAL item_stock(i.item_id, ${ruleId}::integer) s
     ORDER BY i.item_id COLLATE "C"`;
  return {
    moved: moved.map((row) => ({ itemId: row.item_id, before: row.before, after: row.after })),
    last: ids.length === ITEMS_AT_A_TIME ? ids.at(-1) : undefined,
  };
}
