import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishOne } from '../../../src/storefront/kinds/publish-one.ts';
import { purge } from '../../../src/storefront/kinds/purge/purge.ts';
import { hasVarnish, startVarnish, type Varnish } from '../../support/varnish.ts';

const quantities = new Map<string, number>();
let shop: Server;
let cache: Varnish;

/** A shop that knows nothing of us: pages with what is in stock, and for a cache what they are of. */
function page(sku: string): string {
  return `<html><body><h1>${sku}</h1><p>Only <b class="stock" data-x="1">${quantities.get(sku) ?? 0} pieces</b> left</p></body></html>`;
}

describe.skipIf(!hasVarnish())('a shop behind Varnish', () => {
  beforeAll(async () => {
    shop = createServer((request, response) => {
      const sku = decodeURIComponent(/^\/products\/(.+)$/.exec(request.url ?? '')?.[1] ?? '');
      if (sku === '') return void response.writeHead(404).end();
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.setHeader('x-sku', encodeURIComponent(sku));
      response.setHeader('xkey', `item-${encodeURIComponent(sku)}`);
      response.end(page(sku));
    });
    await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
    cache = await startVarnish({ port: (shop.address() as AddressInfo).port });
  });
  afterAll(async () => {
    await cache?.close();
    shop?.close();
  });

  const storefront = (request: object) => ({
    url: cache.url,
    secret: undefined,
    config: purge.config.parse({
      requests: [request],
      page: { path: '/products/{sku}', quantity: { css: 'b.stock' } },
    }),
  });
  const item = (sku: string) => ({ itemId: `shop:${sku}`, tenant: 'shop', sku, version: 2, quantity: 7 });

  it.each([
    ['PURGE of the page', 'CHAIR-1', { method: 'PURGE', path: '/products/{sku}' }],
    ['BAN by a header', 'TISCH Ü 1', { method: 'BAN', headers: { 'x-sku': '{sku}' } }],
    ['a surrogate key', 'SOFA-1', { method: 'XKEY', headers: { 'xkey-purge': 'item-{sku}' } }],
  ])('shows what is new after %s', async (_what, sku, request) => {
    const told = storefront(request);
    const read = () => purge.readBack(told, { item: item(sku), timeoutMs: 2_000 });
    quantities.set(sku, 3);
    expect(await read()).toEqual({ quantity: 3, version: null });
    quantities.set(sku, 7);
    expect(await read(), 'still from the cache').toMatchObject({ quantity: 3 });
    const answer = await publishOne(purge, told, {
      message: { id: 'msg_1', item: item(sku) },
      timeoutMs: 2_000,
    });
    expect(answer).toMatchObject({ kind: 'accepted', httpStatus: 200 });
    expect(await read()).toEqual({ quantity: 7, version: null });
  });

  it('says so when nothing was thrown away; the old page is found', async () => {
    const told = storefront({
      method: 'XKEY',
      headers: { 'xkey-purge': 'product-{sku}' },
      nothing: { header: { name: 'X-Purged', value: '0' } },
    });
    quantities.set('LAMP-1', 1);
    await purge.readBack(told, { item: item('LAMP-1'), timeoutMs: 2_000 });
    quantities.set('LAMP-1', 9);
    expect(
      await publishOne(purge, told, { message: { id: 'msg_1', item: item('LAMP-1') }, timeoutMs: 2_000 }),
    ).toMatchObject({
      ...{ kind: 'accepted', reason: 'nothing was cached' },
    });
    expect(await purge.readBack(told, { item: item('LAMP-1'), timeoutMs: 2_000 })).toMatchObject({
      quantity: 1,
    });
  });

  it('is away while it is restarted, and then has forgotten what was old', async () => {
    const told = storefront({ method: 'PURGE', path: '/products/{sku}' });
    quantities.set('DESK-1', 1);
    await purge.readBack(told, { item: item('DESK-1'), timeoutMs: 2_000 });
    quantities.set('DESK-1', 2);
    await cache.kill();
    const away = await publishOne(purge, told, {
      message: { id: 'msg_1', item: item('DESK-1') },
      timeoutMs: 2_000,
    });
    expect(away).toMatchObject({ kind: 'unreachable' });
    await cache.start();
    expect(
      await publishOne(purge, told, { message: { id: 'msg_1', item: item('DESK-1') }, timeoutMs: 2_000 }),
    ).toMatchObject({
      kind: 'accepted',
    });
    expect(await purge.readBack(told, { item: item('DESK-1'), timeoutMs: 2_000 })).toMatchObject({
      quantity: 2,
    });
  });
});
