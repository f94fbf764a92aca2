import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { settled } from '../support/replay.ts';
import { changeRule, predictRule, traceGaps } from '../support/stock-rule.ts';
import { until } from '../support/until.ts';

/** STOCK_RULE_ITEMS=20000 is the full size. */
const ITEMS = Number(process.env.STOCK_RULE_ITEMS ?? 2_000);
const BUSY = 100;
const BATCH = 1_000;
const WITHIN_MS = Math.max(240_000, ITEMS * 60);
const at = seconds(1_780_000_000);

let product: Product;
const sku = (no: number) => `ITEM-${no}`;

/** Decided as by a worker, but without one: the change is what is under test. */
async function fill(): Promise<void> {
  for (const [supplier, spread] of [
    ['acme', 7],
    ['globex', 5],
  ] as const) {
    for (let from = 0; from < ITEMS; from += BATCH) {
      const events = Array.from({ length: Math.min(BATCH, ITEMS - from) }, (_, index) => ({
        eventId: `e-${from + index}`,
        sku: sku(from + index),
        quantity: (from + index) % spread,
        updatedAt: at + BigInt((from + index) % spread),
      }));
      await record(product.database, 'shop', supplier, events);
      await product.sql(
        `SELECT count(*) FROM (SELECT seq, sku FROM supplier_event WHERE decision IS NULL ORDER BY seq) e
          CROSS JOIN LATERAL save_catalog_item(e.seq, 'shop:' || e.sku, e.sku, NULL)`,
      );
    }
  }
  await product.sql('UPDATE supplier_event SET start_due_us = NULL');
  await product.sql(`UPDATE catalog_item_version SET publication = 'accepted' WHERE publication = 'due'`);
  await product.sql('VACUUM ANALYZE');
}

beforeAll(async () => {
  product = await testProduct();
  await openTenant(product.database, 'shop', ['acme', 'globex']);
  await fill();
}, WITHIN_MS);
afterAll(() => product?.close());

it(
  'a stock rule that changes under traffic does to each item what was predicted',
  async () => {
    const quantities = new Map(
      (
        await product.sql<{ item_id: string; quantity: number }>('SELECT item_id, quantity FROM catalog_item')
      ).map(({ item_id: itemId, quantity }) => [itemId, quantity]),
    );
    const began = performance.now();
    const predicted = await predictRule(product.database, { rule: 'sum' });
    console.log(`${ITEMS} items weighed in ${Math.round(performance.now() - began)} ms`);
    await product.startWorker();
    const id = String(await changeRule(product.database, { rule: 'sum' }));

    const isOver = async () =>
      (await product.database.replay.findUniqueOrThrow({ where: { id } })).state === 'completed';
    const started = performance.now();
    for (let round = 0; !(await isOver()); round += 1) {
      await record(product.database, 'shop', round % 2 ? 'acme' : 'globex', [
        {
          eventId: `t-${round}`,
          sku: sku(round % BUSY),
          quantity: round % 11,
          updatedAt: at + BigInt(round - 50),
        },
      ]);
      if (round % 50 === 0) {
        expect(await traceGaps(product.database, { every: 40, time: round / 50 })).toEqual([]);
      }
      await sleep(50);
      if (performance.now() - started > WITHIN_MS) throw new Error('the change does not come to its end');
    }
    console.log(`carried out in ${Math.round(performance.now() - started)} ms`);
    await settled(product.database);

    const items = await product.sql<{ item_id: string; quantity: number; is_right: boolean }>(
      `SELECT i.item_id, i.quantity, item_is_right(i.item_id, t.stock_rule_id) AS is_right
         FROM catalog_item i JOIN tenant t ON t.id = i.tenant_id`,
    );
    expect(items).toHaveLength(ITEMS);
    const busy = new Set(Array.from({ length: BUSY }, (_, no) => `shop:${sku(no)}`));
    const wrong = items.filter(({ item_id: itemId, quantity, is_right: isRight }) => {
      const want = predicted.get(itemId)?.after ?? quantities.get(itemId);
      return !isRight || (!busy.has(itemId) && want !== quantity);
    });
    expect(wrong).toEqual([]);
    await until(async () => (await traceGaps(product.database)).length === 0);
    expect(await product.sql(`SELECT stock_rule_before FROM tenant`)).toEqual([{ stock_rule_before: null }]);
  },
  2 * WITHIN_MS,
);
