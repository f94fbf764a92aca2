import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { beginGeneration } from '../../src/ledger/generation.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { pushStorefront, toldTwice, wrongPagesOf, type PushStorefront } from '../support/push-storefront.ts';
import { dropCopy, keepCopy, putBack } from '../support/put-back.ts';
import { record } from '../support/record.ts';
import { settled } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { shopAt } from '../support/shop-at.ts';

const AT_FIRST = 20;
const AHEAD = 40;
const ITEMS_AHEAD = 14;
const at = seconds(1_780_000_000);

let product: Product;
let shop: PushStorefront;
let copy: string;

beforeAll(async () => {
  product = await testProduct();
  shop = await pushStorefront();
  await openTenant(product.database, 'shop', ['acme']);
  await shopAt(product.sql, shop.url);
  await product.startWorker({ leaseSeconds: 3 });
  await send(
    Array.from({ length: AT_FIRST }, (_, no) => ({
      eventId: `first-${no}`,
      sku: `ITEM-${no}`,
      quantity: no,
      updatedAt: at,
    })),
  );
  copy = await keepCopy(product.url);
});
afterAll(async () => {
  await product?.close();
  await shop?.close();
  if (copy) await dropCopy(copy);
});

type Sent = Parameters<typeof record>[3];

/** Records events as soon as the database takes them, and waits until they have come to their end. */
async function send(events: Sent): Promise<void> {
  await until(async () => (await record(product.database, 'shop', 'acme', events)).length === events.length);
  await settled(product.database);
}

/** Some make an item's next versions, some a new item. */
const ahead = (quantity: number): Sent =>
  Array.from({ length: AHEAD }, (_, no) => ({
    eventId: `ahead-${no}`,
    sku: `ITEM-${AT_FIRST - ITEMS_AHEAD / 2 + (no % ITEMS_AHEAD)}`,
    quantity: quantity + no,
    updatedAt: at + BigInt(1 + no),
  }));

const wrongPages = () => wrongPagesOf(product.database, shop);

const generations = () =>
  product.database.auditEntry.findMany({
    where: { action: 'ledger.restored' },
    select: { subject: true, actor: true },
  });

describe('an older copy in the place of the ledger, while Temporal and the storefront are ahead', () => {
  it('is noticed, tells nothing twice, and mends what the storefront shows of the lost events', async () => {
    await send(ahead(1_000));
    await putBack(product.url, copy);
    await until(async () => (await generations()).length === 1);
    // Other events than those that were lost, for the same items.
    await send(
      Array.from({ length: ITEMS_AHEAD }, (_, no) => ({
        eventId: `other-${no}`,
        sku: `ITEM-${AT_FIRST - ITEMS_AHEAD / 2 + no}`,
        quantity: 5_000 + no,
        updatedAt: at + 2n,
      })).filter((_, no) => no % 3 === 0),
    );
    await until(async () => (await product.database.sweep.count({ where: { state: 'running' } })) === 0);
    await settled(product.database);
    // A new item of the lost events is on the shelf and unknown here; it may not be taken away.
    expect(await wrongPages()).toEqual([]);
    expect(toldTwice(shop)).toEqual([]);
  });

  it('decides the lost events when their supplier sends them again', async () => {
    await send(ahead(1_000));
    const undecided = await product.database.supplierEvent.count({ where: { decision: null } });
    expect(undecided).toBe(0);
    expect(await wrongPages()).toEqual([]);
    expect(toldTwice(shop)).toEqual([]);
    expect(await product.database.supplierEvent.count()).toBeGreaterThanOrEqual(AT_FIRST + AHEAD);
  });

  it('may be put back a second time, and others be sent under the lost ids', async () => {
    await putBack(product.url, copy);
    await until(async () => (await generations()).length === 1);
    await send(ahead(3_000));
    await until(async () => (await product.database.sweep.count({ where: { state: 'running' } })) === 0);
    await settled(product.database);
    expect(await wrongPages()).toEqual([]);
    expect(toldTwice(shop)).toEqual([]);
  });

  it('is told of by hand where nothing betrays it', async () => {
    const before = await product.database.ledgerHome.findFirstOrThrow();
    const begun = await beginGeneration(product.database, { actor: 'ada', reason: 'restored in place' });
    expect(begun.number).toBe(before.generation + 1);
    expect(begun.versionFloor).toBeGreaterThan(before.versionFloor);
    expect(begun.sweeps).toEqual([{ id: expect.any(String), tenant: 'shop' }]);
    expect((await generations()).map(({ actor }) => actor)).toEqual(['catalog-sync', 'ada']);
  });
});
