import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { wellBehaved } from '../../src/demo-storefront/control.ts';
import {
  createDemoStorefront,
  type DemoStorefront,
} from '../../src/demo-storefront/create-demo-storefront.ts';
import { seconds } from '../../src/domain/time.ts';
import { closeGently } from '../../src/process/close-gently.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { replay, settled } from '../support/replay.ts';
import { shopAt } from '../support/shop-at.ts';
import { until } from '../support/until.ts';

const AT = seconds(1_780_000_000);

let product: Product;
let shop: DemoStorefront;
let cache: DemoStorefront;
let no = 0;
let tenant: string;
let item: string;

const addressOf = (storefront: DemoStorefront): string =>
  `http://127.0.0.1:${(storefront.server.address() as AddressInfo).port}`;

async function openStorefront(): Promise<DemoStorefront> {
  const storefront = createDemoStorefront({
    secrets: { '*': Buffer.alloc(32, 7) },
    readItem: async () => undefined,
  });
  await storefront.listen({ host: '127.0.0.1', port: 0 });
  return storefront;
}

beforeAll(async () => {
  product = await testProduct();
  [shop, cache] = [await openStorefront(), await openStorefront()];
  await product.startWorker();
});
beforeEach(async () => {
  no += 1;
  tenant = `tenant-${no}`;
  item = `${tenant}:CHAIR`;
  await openTenant(product.database, tenant, ['acme']);
});
afterEach(() => {
  for (const storefront of [product.storefront, shop, cache]) storefront.control = wellBehaved();
});
afterAll(async () => {
  await product?.close();
  for (const storefront of [shop, cache]) if (storefront) await closeGently(storefront);
});

async function places(placeOfShop: number, placeOfCache: number): Promise<void> {
  await shopAt(product.sql, addressOf(shop), tenant, { place: placeOfShop });
  await shopAt(product.sql, addressOf(cache), tenant, { name: 'cache', place: placeOfCache });
}

const send = (quantity: number) =>
  record(product.database, tenant, 'acme', [
    { eventId: `e-${quantity}`, sku: 'CHAIR', quantity, updatedAt: AT + seconds(quantity) },
  ]);

/** How calls went, in their order. */
const attempts = async () =>
  (
    await product.database.publishAttempt.findMany({
      where: { itemId: item, status: { not: 'sending' } },
      orderBy: { id: 'asc' },
    })
  ).map(({ storefront, status }) => `${storefront} ${status}`);

const publication = async () =>
  (
    await product.database.catalogItemVersion.findFirst({
      where: { itemId: item },
      orderBy: { version: 'desc' },
    })
  )?.publication;

const comesTo = (wanted: string) => until(async () => (await publication()) === wanted);

const toldOf = (storefront: DemoStorefront) =>
  storefront.requests.after(0).filter(({ itemId }) => itemId === item);

describe('storefronts of several places', () => {
  it('are told one after the other, each attempt naming its own', async () => {
    await places(1, 2);
    await send(5);
    await comesTo('accepted');
    expect(await attempts()).toEqual(['shop accepted', 'cache accepted']);
    expect(toldOf(cache)).toMatchObject([{ version: 1, quantity: 5 }]);
    expect(toldOf(cache)[0]?.webhookId).toBe(toldOf(shop)[0]?.webhookId);
    expect(toldOf(product.storefront)).toEqual([]);
  });

  it('wait for the one before them, and are told once it has accepted', async () => {
    await places(1, 2);
    shop.control.failStatus = 503;
    await send(5);
    await until(async () => (await attempts()).length >= 2);
    expect(new Set(await attempts())).toEqual(new Set(['shop failed']));
    expect(toldOf(cache)).toEqual([]);
    shop.control = wellBehaved();
    await comesTo('accepted');
    expect((await attempts()).slice(-2)).toEqual(['shop accepted', 'cache accepted']);
  });

  it('are not told of what the one before them rejects, until a replay that tells all of them again', async () => {
    await places(1, 2);
    shop.control.rejectReason = 'not today';
    await send(5);
    await comesTo('rejected');
    await settled(product.database);
    expect(await attempts()).toEqual(['shop rejected']);
    expect(await product.database.supplierEvent.findFirst({ where: { tenantId: tenant } })).toMatchObject({
      failureMode: 'publish_rejected',
    });
    shop.control = wellBehaved();
    for (const expected of [
      ['shop accepted', 'cache accepted'],
      ['shop accepted', 'cache accepted'],
    ]) {
      const before = (await attempts()).length;
      const { items } = await replay(product.database, { tenant });
      expect(items).toMatchObject([{ itemId: item, publication: 'accepted' }]);
      expect((await attempts()).slice(before)).toEqual(expected);
      expect(await publication()).toBe('accepted');
    }
  });

  it('are not waited for any more once they are closed', async () => {
    await places(1, 2);
    cache.control.failStatus = 503;
    await send(5);
    await until(async () => (await attempts()).length >= 2);
    expect(await publication()).toBe('due');
    await product.sql(`UPDATE storefront SET state = 'closed' WHERE tenant_id = $1 AND name = 'cache'`, [
      tenant,
    ]);
    await comesTo('accepted');
    await settled(product.database);
    const told = await attempts();
    expect(told.filter((one) => one.startsWith('shop'))).toEqual(['shop accepted']);
    cache.control = wellBehaved();
    await send(6);
    await until(async () => (await attempts()).length > told.length);
    expect((await attempts()).slice(told.length)).toEqual(['shop accepted']);
  });

  it('are not waited for by a replay either', async () => {
    await places(1, 2);
    await send(5);
    await comesTo('accepted');
    cache.control.failStatus = 503;
    const replayed = replay(product.database, { tenant });
    await until(async () => (await attempts()).includes('cache failed'));
    await product.sql(`UPDATE storefront SET state = 'closed' WHERE tenant_id = $1 AND name = 'cache'`, [
      tenant,
    ]);
    expect((await replayed).items).toMatchObject([{ itemId: item, publication: 'accepted' }]);
  });
});

describe('storefronts of one place', () => {
  it.each([
    ['fails at once', () => (shop.control.failStatus = 503)],
    ['does not answer', () => (shop.control.delayMs = 600_000)],
  ])('are told though another %s, and the version is published when both have accepted', async (_, begin) => {
    await places(1, 1);
    // The first by its name would be told first.
    await product.sql(`UPDATE storefront SET name = 'after-shop' WHERE tenant_id = $1 AND name = 'shop'`, [
      tenant,
    ]);
    await product.sql(`UPDATE storefront SET name = 'zone' WHERE tenant_id = $1 AND name = 'cache'`, [
      tenant,
    ]);
    begin();
    await send(5);
    await until(async () => (await attempts()).includes('zone accepted'));
    expect(await attempts()).toContain('after-shop failed');
    expect(await publication()).toBe('due');
    shop.control = wellBehaved();
    await comesTo('accepted');
    const all = await attempts();
    expect(all.at(-1)).toBe('after-shop accepted');
    expect(all.filter((one) => one === 'zone accepted')).toHaveLength(1);
  });

  it('are all told though one rejects, and the version is rejected', async () => {
    await places(1, 1);
    cache.control.rejectReason = 'no such page';
    await send(5);
    await until(async () => (await attempts()).length === 2);
    await settled(product.database);
    expect(await attempts()).toEqual(['cache rejected', 'shop accepted']);
    expect(await publication()).toBe('rejected');
    const [event] = await product.database.supplierEvent.findMany({ where: { tenantId: tenant } });
    expect(event).toMatchObject({ failureMode: 'publish_rejected', failureDetail: 'no such page' });
  });
});

describe('a tenant', () => {
  it('without a storefront of its own has the default one, by the name of shop', async () => {
    await send(5);
    await comesTo('accepted');
    expect(await attempts()).toEqual(['shop accepted']);
    expect(toldOf(product.storefront)).toMatchObject([{ version: 1, quantity: 5 }]);
  });

  it('with none that is open tells nobody, and waits for one', async () => {
    await places(1, 2);
    await product.sql(`UPDATE storefront SET state = 'closed' WHERE tenant_id = $1`, [tenant]);
    await send(5);
    await comesTo('withheld');
    await product.sql(`UPDATE storefront SET state = 'open' WHERE tenant_id = $1`, [tenant]);
    await comesTo('accepted');
    expect(await attempts()).toEqual(['shop accepted', 'cache accepted']);
  });
});

describe('a storefront with limits', () => {
  const limit = (limits: object) =>
    product.sql('UPDATE storefront SET limits = $2 WHERE tenant_id = $1', [tenant, JSON.stringify(limits)]);
  const sendOf = (sku: string, quantity: number) =>
    record(product.database, tenant, 'acme', [
      { eventId: `${sku}-${quantity}`, sku, quantity, updatedAt: AT + seconds(quantity) },
    ]);
  const openPublications = async () =>
    (
      await product.sql<{ open: number }>(
        `SELECT count(*)::integer AS open FROM supplier_event
          WHERE tenant_id = $1 AND (decision IS NULL OR start_due_us IS NOT NULL)`,
        [tenant],
      )
    )[0]?.open;

  it('is told of all in its turn, each with an attempt of its own', async () => {
    await places(1, 2);
    await limit({ callsPerSecond: 20, itemsPerCall: 7, callsAtOnce: 2 });
    await Promise.all(Array.from({ length: 40 }, (_, index) => sendOf(`SKU-${index}`, 5)));
    await until(async () => (await openPublications()) === 0);
    const rows = await product.sql<{ storefront: string; status: string; count: number }>(
      `SELECT storefront, status, count(*)::integer AS count FROM publish_attempt
        WHERE tenant_id = $1 GROUP BY 1, 2 ORDER BY 1`,
      [tenant],
    );
    expect(rows).toEqual([
      { storefront: 'cache', status: 'accepted', count: 40 },
      { storefront: 'shop', status: 'accepted', count: 40 },
    ]);
    // A place is given back a moment after its call's attempts have ended.
    await until(async () => {
      const kept = await product.sql<{ calls: bigint[] }>(
        'SELECT calls_until_us AS calls FROM storefront WHERE tenant_id = $1',
        [tenant],
      );
      return kept.length === 2 && kept.every(({ calls }) => calls.length === 0);
    });
  });

  it('is seen to keep its publishes waiting, and is told of the newest version only', async () => {
    await shopAt(product.sql, addressOf(shop), tenant);
    await limit({ callsPerSecond: 0.25 });
    await sendOf('FIRST', 1);
    await until(async () => (await openPublications()) === 0);
    for (const quantity of [5, 6, 7]) {
      await send(quantity);
      await until(async () => {
        const [row] = await product.sql<{ workflow_id: string }>(
          'SELECT workflow_id FROM supplier_event WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1',
          [tenant],
        );
        const { raw } = await product.client.workflow.getHandle(row?.workflow_id ?? '').describe();
        const said = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
        return said && Buffer.from(said).toString().includes('waits for its turn at the storefront shop');
      });
    }
    await until(async () => (await openPublications()) === 0);
    expect(toldOf(shop).map(({ quantity }) => quantity)).toEqual([7]);
  });
});
