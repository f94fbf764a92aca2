import { UnknownTenantError } from '../../src/database/known-tenant.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkReplay } from '../../src/replay/check-replay.ts';
import { ReplayRefused } from '../../src/replay/replay-refused.ts';
import { microsOf, seconds } from '../../src/domain/time.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { replay, settled, windowOf } from '../support/replay.ts';
import { until } from '../support/until.ts';

let product: Product;
const at = seconds(1_780_000_000);
const catalog = () =>
  product.sql('SELECT item_id, quantity, version, winner_seq FROM catalog_item ORDER BY item_id');

beforeAll(async () => {
  product = await testProduct();
  await openTenant(product.database, 'shop', ['acme', 'globex']);
  await openTenant(product.database, 'other', ['acme']);
  await product.startWorker();
});
afterAll(() => product.close());

describe('a replay', () => {
  it('goes through its window once more, names the items it touched, and publishes each once', async () => {
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
    await settled(product.database);
    const middle = microsOf(new Date()) + 1000n;
    await until(async () => microsOf(new Date()) > middle);
    await record(product.database, 'shop', 'acme', [
      { eventId: 'late', sku: 'LATE', quantity: 1, updatedAt: at },
    ]);
    await settled(product.database);
    const before = await catalog();

    const { id, touched, status, items } = await replay(product.database, { until: middle });
    expect(status).toMatchObject({
      state: 'completed',
      events: { total: 121, done: 121, failed: 0, failureModes: { malformed_sku: 1 } },
      items: { touched: 40, changed: 0, unchanged: 40, outcomes: { already_current: 40 } },
    });
    expect(touched).toEqual(Array.from({ length: 40 }, (_, no) => `shop:ITEM-${no}`).toSorted());
    expect(new Set(items.map(({ publication }) => publication))).toEqual(new Set(['accepted']));
    expect(await catalog()).toEqual(before);
    const attempts = await product.database.publishAttempt.findMany({ where: { replayId: id } });
    expect(attempts).toHaveLength(40);
    expect(attempts.every(({ status: ended }) => ended === 'accepted')).toBe(true);
  });

  it('adds publish attempts only when it is done again', async () => {
    const tables = ['supplier_event', 'catalog_item', 'catalog_item_version', 'duplicate_delivery'];
    const all = () => Promise.all(tables.map((table) => product.sql(`SELECT * FROM ${table} ORDER BY 1, 2`)));
    const before = await all();
    const attempts = await product.database.publishAttempt.count();
    const { touched } = await replay(product.database);
    expect(await all()).toEqual(before);
    expect(await product.database.publishAttempt.count()).toBe(attempts + touched.length);
  });

  it('takes up what failed for good', async () => {
    product.storefront.control.rejectReason = 'not today';
    await record(product.database, 'shop', 'acme', [
      { eventId: 'no', sku: 'NO', quantity: 3, updatedAt: at },
    ]);
    await settled(product.database);
    const version = () =>
      product.database.catalogItemVersion.findFirstOrThrow({ where: { itemId: 'shop:NO' } });
    expect(await version()).toMatchObject({ publication: 'rejected' });

    const still = await replay(product.database, { failureMode: 'publish_rejected' });
    expect(still.status).toMatchObject({
      state: 'completed',
      events: { total: 1, done: 1, failed: 1, failureModes: { publish_rejected: 1 } },
    });
    expect(still.items).toMatchObject([{ outcome: 'publish_only', publication: 'rejected' }]);

    product.storefront.control.rejectReason = null;
    const mended = await replay(product.database, { failureMode: 'publish_rejected' });
    expect(mended.items).toMatchObject([
      { itemId: 'shop:NO', outcome: 'publish_only', publication: 'accepted' },
    ]);
    expect(await version()).toMatchObject({ publication: 'accepted' });
    expect(await product.database.supplierEvent.findFirst({ where: { eventId: 'no' } })).toMatchObject({
      failureMode: null,
    });
  });

  it.each([
    ['an empty window', { since: at, until: at }, ReplayRefused, /empty/],
    ['a reversed window', { since: at + 1n, until: at }, ReplayRefused, /reversed/],
    ['an unknown tenant', { tenant: 'nobody' }, UnknownTenantError, /no tenant nobody/],
    ['an unknown supplier', { supplier: 'x' }, ReplayRefused, /no supplier x/],
  ])('is refused for %s', async (_, window, kind, words) => {
    const refusal: unknown = await checkReplay(product.database, windowOf(window)).catch(
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(kind);
    expect((refusal as Error).message).toMatch(words);
  });
});
