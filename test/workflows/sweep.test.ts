import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { pushStorefront, type PushStorefront } from '../support/push-storefront.ts';
import { record } from '../support/record.ts';
import { settled } from '../support/replay.ts';
import { kindsOf, sweep } from '../support/sweep.ts';

const ITEMS = 50;
const at = seconds(1_780_000_000);

let product: Product;
let shop: PushStorefront;

beforeAll(async () => {
  product = await testProduct();
  shop = await pushStorefront();
  await openTenant(product.database, 'shop', ['acme']);
  await product.sql(`UPDATE tenant SET storefront_url = $1, storefront_secret = '\\x00'`, [shop.url]);
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
beforeEach(() => {
  shop.asked.length = 0;
  shop.hasList = false;
  shop.onQuestion = undefined;
});

/** Pages that do not show what the catalog says. */
async function wrongPages(): Promise<string[]> {
  const items = await product.database.catalogItem.findMany();
  return items
    .filter(({ itemId, version, quantity }) => {
      const page = shop.shelf.get(itemId);
      return page?.version !== version || page.quantity !== quantity;
    })
    .map(({ itemId }) => itemId);
}

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
