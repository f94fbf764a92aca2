import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { addStorefront } from '../../src/storefronts/set-storefront.ts';
import { readStorefront } from '../../src/storefronts/storefront-document.ts';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { until } from '../support/until.ts';
import { hasVarnish, startVarnish, type Varnish } from '../support/varnish.ts';

const KEYS = ringOf(Buffer.alloc(32, 7));
const at = seconds(1_780_000_000);
let product: Product;
let cache: Varnish;

const add = async (name: string, kind: string, document: object) =>
  addStorefront(product.database, KEYS, {
    ...{ tenant: 'shop', name, state: 'open', actor: 'test' },
    settings: await readStorefront(kind, JSON.stringify(document)),
  });
const tell = (eventId: string, quantity: number, later: number) =>
  record(product.database, 'shop', 'acme', [
    { eventId, sku: 'CHAIR-01', quantity, updatedAt: at + seconds(later) },
  ]);
/** What a customer sees. */
const page = async (): Promise<number> => {
  const response = await fetch(`${cache.url}/items/shop%3ACHAIR-01`);
  return ((await response.json()) as { quantity: number }).quantity;
};
const attempts = () =>
  product.sql<{ storefront: string; version: number; status: string; reason: string | null }>(
    'SELECT storefront, version, status, reason FROM publish_attempt ORDER BY id',
  );
const published = (version: number) =>
  until(async () => {
    const [row] = await product.sql<{ publication: string }>(
      `SELECT publication FROM catalog_item_version WHERE version = ${version}`,
    );
    return row?.publication === 'accepted';
  });

describe.skipIf(!hasVarnish())('a cache before a shop', () => {
  beforeAll(async () => {
    product = await testProduct();
    await openTenant(product.database, 'shop', ['acme']);
    cache = await startVarnish({ port: (product.storefront.server.address() as AddressInfo).port });
    await add('front', 'webhook', { url: product.storefrontUrl });
    await add('cache', 'purge', {
      url: cache.url,
      place: 2,
      requests: [{ method: 'PURGE', path: '/items/{itemId}' }],
      page: { path: '/items/{itemId}', quantity: { json: '/quantity' }, version: { json: '/version' } },
    });
    await product.startWorker();
  });
  afterAll(async () => {
    await cache?.close();
    await product?.close();
  });

  it('is told after its shop, and its page goes from old to new', async () => {
    await tell('e-1', 3, 1);
    await published(1);
    expect(await page()).toBe(3);
    await tell('e-2', 8, 2);
    await published(2);
    expect(await page()).toBe(8);
    expect(
      (await attempts()).map(({ storefront, version, status }) => [storefront, version, status]),
    ).toEqual([
      ['front', 1, 'accepted'],
      ['cache', 1, 'accepted'],
      ['front', 2, 'accepted'],
      ['cache', 2, 'accepted'],
    ]);
  });

  it('that is killed loses nothing: what it was not told of waits until it is back', async () => {
    await cache.kill();
    await tell('e-3', 5, 3);
    await until(async () =>
      (await attempts()).some(({ storefront, status }) => storefront === 'cache' && status === 'failed'),
    );
    const [row] = await product.sql<{ publication: string }>(
      'SELECT publication FROM catalog_item_version WHERE version = 3',
    );
    expect(row?.publication).toBe('due');
    await cache.start();
    await published(3);
    expect(await page()).toBe(5);
    const front = (await attempts()).filter(
      ({ storefront, version }) => storefront === 'front' && version === 3,
    );
    expect(front, 'the shop is not told again').toHaveLength(1);
  });
});
