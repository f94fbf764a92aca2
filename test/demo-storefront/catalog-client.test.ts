import { describe, expect, it } from 'vitest';
import { createCatalogClient } from '../../src/demo-storefront/catalog-client.ts';
import { serve } from '../storefront/http-stub.ts';

const key = { itemId: 'canary:A/1', tenant: 'canary', sku: 'A/1' };

describe('the catalog client', () => {
  it('reads an item with the token', async () => {
    const asked: unknown[] = [];
    const url = await serve((request, response) => {
      asked.push([request.url, request.headers.authorization]);
      response.end('{"itemId": "canary:A/1", "sku": "A/1", "quantity": 3, "version": 7, "supplier": "acme"}');
    });
    expect(await createCatalogClient(`${url}/api/`, 'secret').readItem(key)).toEqual({
      quantity: 3,
      version: 7,
    });
    expect(asked).toEqual([['/api/v1/tenants/canary/items/A%2F1', 'Bearer secret']]);
  });

  it('takes another item than the one asked for as none', async () => {
    const url = await serve((_request, response) =>
      response.end('{"itemId": "canary:B", "quantity": 3, "version": 7}'),
    );
    expect(await createCatalogClient(url, 'secret').readItem(key)).toBeUndefined();
  });

  it('knows no item for 404 and for SKUs that would climb', async () => {
    const url = await serve((_request, response) => void response.writeHead(404).end());
    expect(await createCatalogClient(url, 'secret').readItem(key)).toBeUndefined();
    expect(
      await createCatalogClient('http://127.0.0.1:1', 'secret').readItem({ ...key, sku: '..' }),
    ).toBeUndefined();
  });

  it.each([
    [200, '{}'],
    [401, '{}'],
    [302, ''],
  ])('fails for HTTP %i %j, without naming the token', async (status, body) => {
    const url = await serve(
      (_request, response) => void response.writeHead(status, { location: '/' }).end(body),
    );
    const read = createCatalogClient(url, 'hidden-token').readItem(key);
    await expect(read).rejects.toThrow(Error);
    await expect(read).rejects.not.toThrow('hidden-token');
  });

  it('knows which tenants have no storefront of their own, and asks anew after a while only', async () => {
    const asked: unknown[] = [];
    const url = await serve((request, response) => {
      asked.push(request.url);
      if (request.url?.endsWith('/nobody')) return void response.writeHead(404).end();
      response.end(JSON.stringify({ tenant: 't', ownStorefront: request.url?.endsWith('/own') }));
    });
    const { isOfDefault } = createCatalogClient(url, 'secret');
    const answers = [];
    for (const tenant of ['canary', 'own', 'nobody', 'canary']) answers.push(await isOfDefault(tenant));
    expect(answers).toEqual([true, false, false, true]);
    expect(asked).toEqual(['/v1/tenants/canary', '/v1/tenants/own', '/v1/tenants/nobody']);
  });
});
