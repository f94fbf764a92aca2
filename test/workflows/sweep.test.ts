import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { pushStorefront, wrongPagesOf, type PushStorefront } from '../support/push-storefront.ts';
import { record } from '../support/record.ts';
import { settled } from '../support/replay.ts';
import { requestSweep } from '../../src/sweep/request-sweep.ts';
import { cancelSweep } from '../../src/sweep/cancel-sweep.ts';
import { sweepWorkflowId } from '../../src/domain/identity.ts';
import { until } from '../support/until.ts';
import { kindsOf, sweep, swept } from '../support/sweep.ts';
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
  await product.startWorker({ leaseSeconds: 2 });
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
beforeEach(() => {
  shop.asked.length = 0;
  shop.hasList = false;
  shop.onQuestion = undefined;
});

const wrongPages = () => wrongPagesOf(product.database, shop);

/** Writes something else on every page: half under the very version, half under a higher one. */
function forgeAll(): void {
  for (const [index, [itemId, page]] of [...shop.shelf].entries()) {
    const version = index % 2 === 0 ? page.version : page.version + 1 + (index % 5);
    shop.shelf.set(itemId, { version, quantity: 1_000 + index });
  }
}

describe.each([
  ['by its list', true, 'list'],
  ['item by item', false, 'each'],
] as const)('a sweep of a storefront that is asked %s', (_words, hasList, way) => {
  beforeEach(() => {
    shop.hasList = hasList;
  });

  it('finds nothing where all is right', async () => {
    const { sweep: row, findings } = await sweep(product.database);
    expect(findings).toEqual([]);
    expect(row).toMatchObject({
      state: 'completed',
      way,
      itemsTotal: ITEMS,
      itemsDone: ITEMS,
      itemsAsked: ITEMS,
    });
    expect(shop.asked).toHaveLength(hasList ? 1 : ITEMS + 1);
  });

  it('finds all pages that somebody else wrote, and mends them when told to', async () => {
    forgeAll();
    expect(await wrongPages()).toHaveLength(ITEMS);
    const found = await sweep(product.database);
    expect(kindsOf(found.findings)).toEqual({ wrong_quantity_shown: ITEMS });
    expect(await wrongPages()).toHaveLength(ITEMS);

    const mended = await sweep(product.database, { repair: true });
    expect(mended.sweep.state).toBe('completed');
    expect(mended.findings.filter(({ mendedAtUs }) => mendedAtUs === null)).toEqual([]);
    expect(await wrongPages()).toEqual([]);
    expect((await sweep(product.database)).findings).toEqual([]);
  });
});

describe('a repair', () => {
  it('mends what is old or unknown there, and leaves what is unknown here', async () => {
    shop.hasList = true;
    shop.shelf.delete('shop:ITEM-1');
    shop.shelf.set('shop:ITEM-2', { version: 0, quantity: 2 });
    shop.shelf.set('shop:ABOVE', { version: 7, quantity: 7 });
    const { findings } = await sweep(product.database, { repair: true });
    shop.shelf.delete('shop:ABOVE');
    expect(
      findings.map(({ itemId, kind, mendedAtUs, note }) => [itemId, kind, mendedAtUs !== null, note]),
    ).toEqual([
      ['shop:ABOVE', 'unknown_here', false, 'the catalog does not know it'],
      ['shop:ITEM-1', 'unknown_there', true, null],
      ['shop:ITEM-2', 'old_quantity_shown', true, null],
    ]);
    expect(await wrongPages()).toEqual([]);
  });

  it('leaves what a closed flag withholds, and says so', async () => {
    const [itemId, page] = [...shop.shelf][3] ?? ['', { version: 0, quantity: 0 }];
    shop.shelf.set(itemId, { ...page, quantity: 9_999 });
    await product.sql(`UPDATE supplier SET state = 'closed'`);
    const closed = await sweep(product.database, { repair: true });
    await product.sql(`UPDATE supplier SET state = 'open'`);
    expect(closed.sweep.state).toBe('completed');
    expect(closed.findings).toMatchObject([
      { itemId, repairedVersion: null, mendedAtUs: null, note: 'a flag is closed' },
    ]);
    await product.sql(`UPDATE tenant SET state = 'closed'`);
    const shut = await sweep(product.database, { repair: true });
    await product.sql(`UPDATE tenant SET state = 'open'`);
    expect(shut.findings).toMatchObject([{ itemId, note: 'a flag is closed' }]);
    const open = await sweep(product.database, { repair: true });
    expect(open.findings).toMatchObject([{ itemId, note: null }]);
    expect(await wrongPages()).toEqual([]);
  });

  it('says which items nothing can be above', async () => {
    const itemId = 'shop:ITEM-9';
    const kept = shop.shelf.get(itemId);
    shop.shelf.set(itemId, { version: 2_147_483_647, quantity: 1 });
    const { findings } = await sweep(product.database, { repair: true });
    if (kept) shop.shelf.set(itemId, kept);
    expect(findings).toMatchObject([
      { itemId, mendedAtUs: null, note: 'no version is left above the one shown' },
    ]);
  });
});

describe('a sweep under way', () => {
  const begin = async (): Promise<string> => {
    const id = await requestSweep(product.database, {
      tenant: 'shop',
      repair: false,
      rate: 10,
      requestedBy: 'test',
    });
    await until(async () => shop.asked.length > 10);
    return id;
  };

  it('goes on from its place when its workflow is lost', async () => {
    const id = await begin();
    await product.client.workflow.getHandle(sweepWorkflowId(id)).terminate('lost');
    const { sweep: row, findings } = await swept(product.database, id);
    expect(row).toMatchObject({ state: 'completed', itemsAsked: ITEMS });
    expect(row.startCount).toBeGreaterThan(1);
    expect(findings).toEqual([]);
  });

  it('goes on when its worker stops and another one comes', async () => {
    const id = await begin();
    await product.stopWorkers();
    await product.startWorker({ leaseSeconds: 2 });
    expect((await swept(product.database, id)).sweep).toMatchObject({
      state: 'completed',
      itemsAsked: ITEMS,
    });
  });

  it('asks no further once it is cancelled, and goes on when only its workflow is', async () => {
    const id = await begin();
    await cancelSweep(product.database, id, 'ann', 'enough');
    const handle = product.client.workflow.getHandle(sweepWorkflowId(id));
    await handle.result();
    const asked = shop.asked.length;
    expect(asked).toBeLessThan(ITEMS + 10);
    expect((await swept(product.database, id)).sweep.state).toBe('cancelled');

    shop.asked.length = 0;
    const other = await begin();
    await product.client.workflow.getHandle(sweepWorkflowId(other)).cancel();
    expect((await swept(product.database, other)).sweep).toMatchObject({
      state: 'completed',
      itemsAsked: ITEMS,
    });
  });
});

describe('a sweep of several storefronts', () => {
  let cache: PushStorefront;
  beforeAll(async () => {
    cache = await pushStorefront();
    await shopAt(product.sql, cache.url, 'shop', { name: 'cache', place: 2 });
    await product.sql(`SELECT tell_of_all('shop', 'cache', '', 1000)`);
    await settled(product.database);
  });
  afterAll(() => cache?.close());

  it('asks each of them for all, says at which a page differs, and mends what it can', async () => {
    shop.hasList = true;
    expect(cache.shelf.size).toBe(shop.shelf.size);
    const page = shop.shelf.get('shop:ITEM-3') ?? { version: 0, quantity: 0 };
    cache.shelf.set('shop:ITEM-3', { ...page, quantity: 99 });
    cache.shelf.delete('shop:ITEM-4');
    shop.shelf.set('shop:ITEM-3', { version: page.version + 5, quantity: 98 });
    const found = await sweep(product.database, { rate: 2_000 });
    expect(found.findings.map(({ itemId, storefront, kind }) => [itemId, storefront, kind])).toEqual([
      ['shop:ITEM-3', 'cache', 'wrong_quantity_shown'],
      ['shop:ITEM-3', 'shop', 'wrong_quantity_shown'],
      ['shop:ITEM-4', 'cache', 'unknown_there'],
    ]);
    expect(found.sweep).toMatchObject({ state: 'completed', itemsTotal: 2 * ITEMS, itemsAsked: 2 * ITEMS });
    expect(new Set(cache.asked).size).toBe(ITEMS + 1);

    const mended = await sweep(product.database, { repair: true, rate: 2_000 });
    expect(mended.sweep.state).toBe('completed');
    expect(mended.findings).toHaveLength(3);
    expect(mended.findings.filter(({ mendedAtUs }) => mendedAtUs === null)).toEqual([]);
    for (const one of [shop, cache]) {
      expect(one.shelf.get('shop:ITEM-3')).toEqual({ version: page.version + 6, quantity: 3 });
    }
    expect((await sweep(product.database, { rate: 2_000 })).findings).toEqual([]);
  });
});
