import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { followReplay } from '../../src/replay/follow-replay.ts';
import { checkReplay, ReplayRefused, startReplay } from '../../src/replay/start-replay.ts';
import { microsOf, seconds } from '../../src/domain/time.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { until } from '../support/until.ts';

let product: Product;
const at = seconds(1_780_000_000);

beforeAll(async () => {
  product = await testProduct();
  await openTenant(product.database, 'shop', ['acme']);
  await openTenant(product.database, 'other', ['acme']);
  await product.startWorker();
});
afterAll(() => product.close());

const settled = () =>
  until(
    async () => (await product.database.supplierEvent.count({ where: { startDueUs: { not: null } } })) === 0,
  );

async function replay(window: { since: bigint; until: bigint }) {
  const eventsTotal = await checkReplay(product.database, { tenant: 'shop', ...window });
  const id = await startReplay(product.client, product.database, {
    tenant: 'shop',
    ...window,
    eventsTotal,
    requestedBy: 'test',
  });
  const touched: string[] = [];
  const status = await followReplay(
    product.database,
    id,
    { items: (itemIds) => touched.push(...itemIds), progress: () => undefined },
    new AbortController().signal,
  );
  return { id, touched, status, eventsTotal };
}

describe('a replay', () => {
  it('goes through its window once more and names the items that it touched', async () => {
    const early = Array.from({ length: 130 }, (_, no) => ({
      eventId: `e-${no}`,
      sku: `ITEM-${no % 40}`,
      quantity: no,
      updatedAt: at + BigInt(no),
    }));
    await record(product.database, 'shop', 'acme', early.slice(0, 120));
    await record(product.database, 'other', 'acme', early.slice(0, 3));
    await record(product.database, 'shop', 'acme', [
      { eventId: 'bad', sku: '../', quantity: 1, updatedAt: at },
    ]);
    await settled();
    const middle = microsOf(new Date()) + 1000n;
    await until(async () => microsOf(new Date()) > middle);
    await record(product.database, 'shop', 'acme', [
      { eventId: 'late', sku: 'LATE', quantity: 1, updatedAt: at },
    ]);
    await settled();
    const items = await product.sql('SELECT item_id, quantity, version FROM catalog_item ORDER BY item_id');

    const { id, touched, status, eventsTotal } = await replay({ since: at, until: middle });
    expect(eventsTotal).toBe(121);
    expect(status).toMatchObject({ state: 'completed', eventsDone: 121, eventsFailed: 0 });
    expect(touched.toSorted()).toEqual(Array.from({ length: 40 }, (_, no) => `shop:ITEM-${no}`).toSorted());
    expect(await product.sql('SELECT item_id, quantity, version FROM catalog_item ORDER BY item_id')).toEqual(
      items,
    );
    const attempts = await product.database.publishAttempt.findMany({ where: { replayId: id } });
    expect(attempts).toHaveLength(40);
    expect(attempts.every(({ status: ended }) => ended === 'accepted')).toBe(true);
  });

  it('takes up what failed for good', async () => {
    product.storefront.control.rejectReason = 'not today';
    await record(product.database, 'shop', 'acme', [
      { eventId: 'no', sku: 'NO', quantity: 3, updatedAt: at },
    ]);
    await settled();
    expect(
      await product.database.catalogItemVersion.findFirst({ where: { itemId: 'shop:NO' } }),
    ).toMatchObject({
      publication: 'rejected',
    });
    product.storefront.control.rejectReason = null;
    await replay({ since: at, until: microsOf(new Date()) + seconds(1) });
    expect(
      await product.database.catalogItemVersion.findFirst({ where: { itemId: 'shop:NO' } }),
    ).toMatchObject({
      publication: 'accepted',
    });
    expect(await product.database.supplierEvent.findFirst({ where: { eventId: 'no' } })).toMatchObject({
      failureMode: null,
    });
  });

  it.each([
    ['an empty window', { tenant: 'shop', since: at, until: at }, /empty/],
    ['a reversed window', { tenant: 'shop', since: at + 1n, until: at }, /reversed/],
    ['an unknown tenant', { tenant: 'nobody', since: at, until: at + 1n }, /no tenant nobody/],
    ['an unknown supplier', { tenant: 'shop', supplier: 'x', since: at, until: at + 1n }, /no supplier x/],
  ])('is refused for %s', async (_, window, words) => {
    const refusal: unknown = await checkReplay(product.database, window).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ReplayRefused);
    expect((refusal as Error).message).toMatch(words);
  });
});
