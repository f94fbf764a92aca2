import { expect, it } from 'vitest';
import { purge } from '../../../../src/storefront/kinds/purge/purge.ts';
import { serve } from '../../http-stub.ts';

/** A cache that answers with a status, and writes down what it was asked. */
async function cache(status: number) {
  const asked: string[] = [];
  const url = await serve(({ method, url: path }, response) => {
    asked.push(`${method} ${path}`);
    response.writeHead(status, { 'content-type': 'text/html' }).end('<b>7</b>');
  });
  const config = purge.config.parse({
    requests: [{ path: '/products/{sku}' }],
    page: { path: '/products/{sku}', quantity: { css: 'b' } },
  });
  return { asked, url, storefront: { url: `${url}/base`, config, secret: undefined } };
}

const item = (sku: string) => ({ itemId: `shop:${sku}`, tenant: 'shop', sku, version: 1, quantity: 7 });
const call = (sku: string) => ({ messages: [{ id: 'msg_1', item: item(sku) }], timeoutMs: 5_000 });

it.each(['.', '..'])(
  'a SKU %j leads out of its folder: nothing is thrown away there, or read',
  async (sku) => {
    const { asked, storefront } = await cache(200);
    expect(await purge.publish(storefront, call(sku))).toMatchObject([
      { kind: 'rejected', reason: expect.stringMatching(/^the path \/products\/\.\.? .*another page/) },
    ]);
    expect(await purge.readBack(storefront, { item: item(sku), timeoutMs: 5_000 })).toBeUndefined();
    expect(asked).toEqual([]);
  },
);

it.each(['...', '.5', 'A..B', '%2E%2E'])('a SKU %j stays where it is', async (sku) => {
  const { asked, storefront } = await cache(200);
  expect(await purge.publish(storefront, call(sku))).toMatchObject([{ kind: 'accepted' }]);
  expect(await purge.readBack(storefront, { item: item(sku), timeoutMs: 5_000 })).toMatchObject({
    quantity: 7,
  });
  const path = `/base/products/${encodeURIComponent(sku)}`;
  expect(asked).toEqual([`PURGE ${path}`, `GET ${path}`]);
});

it('a page that cannot be read is not named by its address, which is inside', async () => {
  const { url, storefront } = await cache(503);
  const read = purge.readBack(storefront, { item: item('A'), timeoutMs: 5_000 });
  await expect(read).rejects.toThrow('read page: the page answered HTTP 503');
  await expect(read).rejects.not.toThrow(new URL(url).port);
});
