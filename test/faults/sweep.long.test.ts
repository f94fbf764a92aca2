import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { syncWorkflowId } from '../../src/domain/identity.ts';
import { runCli } from '../support/faults/cli.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, type FaultProduct } from '../support/faults/product.ts';
import { pushStorefront, type PushStorefront } from '../support/push-storefront.ts';
import { until } from '../support/until.ts';
import { shopAt } from '../support/shop-at.ts';

/** SWEEP_ITEMS=10000 SWEEP_RATE=50 is the full size. */
const ITEMS = Number(process.env.SWEEP_ITEMS ?? 800);
const RATE = Number(process.env.SWEEP_RATE ?? 40);
const WITHIN_MS = Math.max(240_000, (ITEMS / RATE) * 4_000);
const FORGED = 50;

let product: FaultProduct;
let shop: PushStorefront;

beforeAll(async () => {
  product = await faultProduct();
  shop = await pushStorefront();
  await product.openTenant('shop');
  await shopAt(product.sql, shop.url, 'shop');
  await fillLedger();
}, WITHIN_MS);
afterAll(async () => {
  await product?.close();
  await shop?.close();
});

/** Decided and published as by a worker, but without one. */
async function fillLedger(): Promise<void> {
  await product.parts.worker.stop();
  const rows = Array.from({ length: ITEMS }, (_, no) => ({
    ...{ eventId: `e-${no}`, sku: `ITEM-${no}`, quantity: no, updatedAtUs: '1780000000000000' },
    workflowId: syncWorkflowId({ tenant: 'shop', supplier: 'acme', eventId: `e-${no}` }, (text) => text),
  }));
  for (let from = 0; from < rows.length; from += 500) {
    const some = JSON.stringify(rows.slice(from, from + 500));
    await product.sql(`SELECT count(*) FROM record_supplier_events('shop', 'acme', $1::jsonb)`, [some]);
    await product.sql(
      `SELECT count(*) FROM (SELECT seq, sku FROM supplier_event WHERE decision IS NULL ORDER BY seq) e
        CROSS JOIN LATERAL save_catalog_item(e.seq, 'shop:' || e.sku, e.sku, NULL)`,
    );
  }
  await product.sql('UPDATE supplier_event SET start_due_us = NULL');
  await product.sql(`UPDATE catalog_item_version SET publication = 'accepted'`);
  for (const { sku, quantity } of rows) shop.shelf.set(`shop:${sku}`, { version: 1, quantity });
  for (let no = 0; no < FORGED; no += 1) {
    const version = no % 2 === 0 ? 1 : 2 + no;
    shop.shelf.set(`shop:ITEM-${Math.floor((no * ITEMS) / FORGED)}`, { version, quantity: -1 });
  }
  await product.parts.worker.start();
}

it(
  'a sweep comes to its end when its command, its worker, and Temporal with all that it knew are lost on its way',
  async () => {
    onTestFailed(() => say(product.lastWords()));
    const killed = runCli(product, ['sweep', '--tenant', 'shop', '--rate', String(RATE)]);
    const done = async (): Promise<number> => (await product.database.sweep.findFirst())?.itemsDone ?? 0;
    const passed = (part: number): Promise<true> =>
      until(async () => (await done()) >= ITEMS * part, WITHIN_MS);
    await passed(0.1);
    killed.process.kill('SIGKILL');
    await killed.ended;
    await product.parts.worker.kill();
    say(`worker killed after ${await done()} of ${ITEMS} items`);
    await product.parts.worker.start();
    await passed(0.4);
    await product.parts.temporal.kill();
    for (const end of ['', '-wal', '-shm']) rmSync(`${product.temporalFile}${end}`, { force: true });
    say(`Temporal lost after ${await done()} of ${ITEMS} items`);
    expect(await done()).toBeLessThan(ITEMS);
    await product.parts.temporal.start();

    const id = String((await product.database.sweep.findFirst())?.id);
    const followed = runCli(product, ['sweep', 'show', id, '--follow']);
    const code = await followed.ended;
    if (code !== 3) say(followed.stderr());
    expect(code).toBe(3);
    expect(followed.values.filter(({ kind }) => kind === 'wrong_quantity_shown')).toHaveLength(FORGED);
    expect(followed.values.at(-1)).toMatchObject({
      ...{ state: 'completed', items: { total: ITEMS, done: ITEMS, asked: ITEMS, unanswered: 0 } },
      drift: { wrong_quantity_shown: FORGED },
    });
  },
  WITHIN_MS,
);
