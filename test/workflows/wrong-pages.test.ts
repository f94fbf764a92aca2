import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { probeStorefronts } from '../../src/signals/probe/probe-storefronts.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { pushStorefront, toldTwice, wrongPagesOf, type PushStorefront } from '../support/push-storefront.ts';
import { record } from '../support/record.ts';
import { replay, settled } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { shopAt } from '../support/shop-at.ts';

const ITEMS = 50;
const at = seconds(1_780_000_000);

let product: Product;
let shop: PushStorefront;

beforeAll(async () => {
  product = await testProduct();
  shop = await pushStorefront();
  await openTenant(product.database, 'shop', ['acme']);
  await shopAt(product.sql, shop.url);
  await product.startWorker();
  const events = Array.from({ length: ITEMS }, (_, no) => ({
    eventId: `e-${no}`,
    sku: `ITEM-${no}`,
    quantity: no,
    updatedAt: at,
  }));
  await record(product.database, 'shop', 'acme', events);
  await settled(product.database);
});
afterAll(async () => {
  await product?.close();
  await shop?.close();
});

const wrongPages = () => wrongPagesOf(product.database, shop);

describe('pages that were written by somebody else', () => {
  it('under the very version, or under a higher one, are found by the probe and mended by a replay', async () => {
    expect(await wrongPages()).toEqual([]);
    for (const [index, [itemId, page]] of [...shop.shelf].entries()) {
      const version = index % 2 === 0 ? page.version : page.version + 1 + (index % 5);
      shop.shelf.set(itemId, { version, quantity: 1_000 + index });
    }
    expect(await wrongPages()).toHaveLength(ITEMS);
    const probed = await probeStorefronts(product.database, { tenants: ['shop'], items: ITEMS });
    expect(probed.wrong).toHaveLength(ITEMS);
    expect(new Set(probed.wrong.map(({ failureMode }) => failureMode))).toEqual(
      new Set(['wrong_quantity_shown']),
    );

    await replay(product.database);
    await until(async () => (await wrongPages()).length === 0);
    expect(toldTwice(shop)).toEqual([]);
    const again = await probeStorefronts(product.database, { tenants: ['shop'], items: ITEMS });
    expect(again).toEqual({ asked: ITEMS, wrong: [], silent: [] });
  });

  it('under a higher version are mended by the next event, too', async () => {
    shop.shelf.set('shop:ITEM-1', { version: 90, quantity: 7_000 });
    await record(product.database, 'shop', 'acme', [
      { eventId: 'next', sku: 'ITEM-1', quantity: 5, updatedAt: at + 1n },
    ]);
    // It is told of version 2 first, and only then of one that is above what it has.
    await until(async () => shop.shelf.get('shop:ITEM-1')?.version !== 90);
    expect(shop.shelf.get('shop:ITEM-1')).toEqual({ version: 91, quantity: 5 });
    expect(toldTwice(shop)).toEqual([]);
  });

  it('under the highest version that there can be are left, and stay known', async () => {
    shop.shelf.set('shop:ITEM-2', { version: 2_147_483_647, quantity: 7_000 });
    await replay(product.database, { sku: 'ITEM-2' });
    await settled(product.database);
    const { wrong } = await probeStorefronts(product.database, { tenants: ['shop'], items: ITEMS });
    expect(wrong).toEqual([expect.objectContaining({ itemId: 'shop:ITEM-2' })]);
  });
});
