import { signBust } from '../../src/storefront/bust-cache.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES } from '../../src/domain/roles.ts';
import { createToken } from '../../src/access/tokens.ts';
import { createServer } from '../../src/http/create-server.ts';
import { SECURITY_HEADERS } from '../../src/http/security-headers.ts';
import { saveItem, startApi, TENANT, type Api } from './api.ts';

let api: Api;
/** A supplier's routes name whose they are; see every-route.test.ts. */
const OF_A_TENANT = ROLES.filter((role) => role !== 'supplier');

beforeAll(async () => {
  api = await startApi();
  for (const role of OF_A_TENANT) {
    api.app.get(`/v1/tenants/:tenant/needs-${role}`, { config: { role } }, async () => ({ role }));
  }
  api.app.get('/breaks', { config: { role: 'viewer' } }, async () => {
    throw new Error('the password is hunter2');
  });
  await api.database.tenant.create({ data: { id: 'other', state: 'open' } });
  await saveItem(api, { id: 'e-1', sku: 'Chair-01', quantity: 5, updatedAt: '2026-06-01T09:59:00.123456Z' });
});
afterAll(() => api?.close());

describe('a route', () => {
  it('that declares neither public nor a role stops the server from starting', async () => {
    const { secretsKeys } = api;
    const app = createServer({ databases: api.pools(), secretsKeys, log: api.app.log });
    expect(() => app.get('/open-by-oversight', async () => 'secrets')).toThrow(/public: true or a role/);
    const nameless = { config: { role: 'supplier' } } as const;
    expect(() => app.get('/v1/tenants/:tenant/mine', nameless, async () => '')).toThrow(/whose it is/);
    expect(() => app.get('/both', { config: { public: true, role: 'admin' } }, async () => '')).toThrow(
      /public/,
    );
    await app.close();
  });

  it('asks for a token, and takes neither a wrong nor a revoked one', async () => {
    const url = `/v1/tenants/${TENANT}/items/CHAIR-01`;
    const revoked = await api.token('admin');
    await api.database.apiToken.updateMany({ data: { revokedAtUs: 1n } });
    const good = await api.token('viewer');
    expect((await api.get(url, good)).statusCode).toBe(200);
    const last = good.at(-1) === 'A' ? 'B' : 'A';
    const wrong = [
      undefined,
      '',
      'x',
      revoked,
      createToken().token,
      `${good.slice(0, -1)}${last}`,
      good.toUpperCase(),
    ];
    for (const token of wrong) {
      const answer = await api.get(url, token);
      expect([answer.statusCode, answer.json().code]).toEqual([401, 'token_missing']);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    }
    for (const authorization of [
      `Basic ${good}`,
      good,
      'Bearer',
      `Bearer ${good} ${good}`,
      `Bearer "${good}"`,
    ]) {
      expect((await api.app.inject({ url, headers: { authorization } })).statusCode).toBe(401);
    }
  });

  it('lets a role do what the weaker ones may, and nothing more', async () => {
    const allowed: Record<string, string[]> = {};
    for (const held of ROLES) {
      const token = await api.token(held);
      for (const needed of OF_A_TENANT) {
        const { statusCode } = await api.get(`/v1/tenants/${TENANT}/needs-${needed}`, token);
        expect([200, 403]).toContain(statusCode);
        if (statusCode === 200) (allowed[held] ??= []).push(needed);
      }
    }
    expect(allowed).toEqual({
      viewer: ['viewer'],
      support: ['viewer', 'support'],
      operator: ['viewer', 'support', 'operator'],
      admin: ['viewer', 'support', 'operator', 'admin'],
    });
  });

  it('hides another tenant, whether it exists or not, and whatever the role', async () => {
    for (const role of ['viewer', 'admin'] as const) {
      const token = await api.token(role, 'other');
      expect((await api.get('/v1/tenants/other/needs-viewer', token)).statusCode).toBe(200);
      const answers = [
        await api.get(`/v1/tenants/${TENANT}/items/CHAIR-01`, token),
        await api.get('/v1/tenants/nowhere/items/CHAIR-01', token),
        await api.get(`/v1/tenants/${TENANT}/needs-admin`, token),
      ];
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 404, 404]);
      expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    }
  });

  it.each([
    ['GET', '/no-such-thing'],
    ['GET', '/v1/tenant'],
    ['POST', '/v1/tenants/other/secrets'],
    ['POST', `/v1/tenants/${TENANT}/supplier/acme/events/`],
    ['PATCH', '/v2/%7Btenant%7D'],
  ] as const)(
    'that does not exist is a 404 that names it, with a token or without: %s %s',
    async (method, path) => {
      for (const token of [undefined, 'wrong', await api.token('viewer')]) {
        const headers = {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          'content-type': 'text/plain',
        };
        const answer = await api.app.inject({ method, url: `${path}?secret=1`, headers, payload: 'x' });
        expect([answer.statusCode, answer.json().code]).toEqual([404, 'unknown_path']);
        expect(answer.json().detail).toMatch(`${method} ${path} is no path here`);
        expect(answer.json().detail).toMatch('/openapi.json');
        expect(answer.body).not.toMatch('secret=1');
      }
    },
  );

  it('is named in part where its path is very long', async () => {
    const answer = await api.get(`/${'x'.repeat(5_000)}`);
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'unknown_path']);
    expect(answer.body.length).toBeLessThan(1_000);
  });

  it.each([
    ['GET', `/v1/tenants/${TENANT}/suppliers/acme/events/x/y/trace`, 404, undefined],
    ['GET', `/v1/tenants/nobody/feeds/night/files`, 405, 'POST'],
    ['DELETE', `/v1/tenants/${TENANT}/items/CHAIR-01`, 405, 'GET, HEAD'],
    ['POST', `/v1/tenants/${TENANT}/items/CHAIR%2F01/`, 405, 'GET, HEAD'],
    ['OPTIONS', '/session', 405, 'DELETE, GET, HEAD, POST'],
  ] as const)('of another method is told which there are: %s %s', async (method, url, status, allow) => {
    const answer = await api.app.inject({ method, url });
    expect([answer.statusCode, answer.headers['allow']]).toEqual([status, allow]);
    if (status === 405) expect(answer.json()).toMatchObject({ code: 'method_not_allowed' });
  });
});

describe('every answer', () => {
  it('has the security headers and an id, and does not say what made it', async () => {
    const token = await api.token('viewer');
    for (const answer of [
      await api.get('/healthz'),
      await api.get('/no-such-thing'),
      await api.get('/no-such-thing', token),
      await api.get('/breaks', token),
      await api.send('not json'),
    ]) {
      expect(answer.headers).toMatchObject(SECURITY_HEADERS);
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      expect(answer.headers).not.toHaveProperty('x-powered-by');
      expect(answer.headers).not.toHaveProperty('server');
    }
  });

  it('to an error that nobody foresaw has no details; the log has them', async () => {
    api.lines.length = 0;
    const answer = await api.get('/breaks', await api.token('viewer'));
    expect([answer.statusCode, answer.json().code]).toEqual([500, 'internal']);
    expect(answer.body).not.toMatch(/hunter2/);
    expect(api.lines).toMatchObject([
      { err: { message: 'the password is hunter2' }, requestId: answer.headers['x-request-id'] },
      { status: 500, route: '/breaks' },
    ]);
  });
});

describe('an item', () => {
  it('is shown as the catalog has it, also when its SKU is written in another way', async () => {
    const token = await api.token('viewer', TENANT);
    for (const sku of ['CHAIR-01', 'chair-01', '%20chair-01%20']) {
      const answer = await api.get(`/v1/tenants/${TENANT}/items/${sku}`, token);
      expect([answer.statusCode, answer.json()]).toEqual([
        200,
        {
          itemId: 'canary:CHAIR-01',
          tenant: 'canary',
          sku: 'CHAIR-01',
          quantity: 5,
          version: 1,
          updatedAt: '2026-06-01T09:59:00.123456Z',
          supplier: 'acme',
          eventId: 'e-1',
          rule: 'newest',
          stock: 5,
          reserve: 0,
          maxShown: null,
          shares: [
            {
              supplier: 'acme',
              location: '',
              eventId: 'e-1',
              quantity: 5,
              updatedAt: '2026-06-01T09:59:00.123456Z',
              counts: true,
              why: 'counts',
            },
          ],
        },
      ]);
    }
  });

  it.each(['TABLE-01', '%00', '%ED%95%9C', 'x'.repeat(256), '%E2%82%AC'.repeat(85), '..%2F..%2Fetc'])(
    'that is not there is a 404: %s',
    async (sku) => {
      const answer = await api.get(`/v1/tenants/${TENANT}/items/${sku}`, await api.token('viewer'));
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'not_found']);
    },
  );
});

describe('the description of the API', () => {
  it('has what storefronts are told and asked, as webhooks', async () => {
    const { webhooks } = (await api.get('/openapi.json')).json();
    expect(Object.keys(webhooks)).toEqual([
      '{storefront}/cache-busts',
      '{storefront}/items/{itemId}',
      '{storefront}/items',
    ]);
    const { parameters, requestBody, responses } = webhooks['{storefront}/cache-busts'].post;
    expect(parameters.map(({ name }: { name: string }) => name)).toEqual([
      ...['webhook-id', 'webhook-timestamp', 'webhook-signature'],
      ...['x-catalog-item', 'x-catalog-sku', 'x-catalog-version'],
    ]);
    const { schema } = requestBody.content['application/json'];
    const { body } = signBust(
      {
        ...{ messageId: 'msg', secret: Buffer.alloc(32) },
        item: { itemId: 'shop:A', tenant: 'shop', sku: 'A', version: 1, quantity: 0 },
      },
      1,
    );
    const [single, several] = schema.anyOf;
    const names = Object.keys(JSON.parse(body.toString()));
    expect(single.required.toSorted()).toEqual(names.toSorted());
    expect(several.properties.items.items.required.toSorted()).toEqual(['id', ...names].toSorted());
    const answers = responses['200'].content['application/json'].schema.anyOf;
    expect(answers.map(({ required }: { required: string[] }) => required)).toEqual([
      ['accepted'],
      ['results'],
    ]);
  });

  it('is OpenAPI 3.1, made of the schemas that check requests, and needs no token', async () => {
    const answer = await api.get('/openapi.json');
    const description = answer.json();
    expect(description.openapi).toMatch(/^3\.1\./);

    const post = description.paths['/v1/tenants/{tenant}/suppliers/{supplier}/events'].post;
    expect(post.security).toEqual([]);
    expect(Object.keys(post.requestBody.content)).toEqual([
      'application/json',
      'application/cloudevents+json',
      'application/cloudevents-batch+json',
    ]);
    const [event, events] = post.requestBody.content['application/json'].schema.anyOf;
    expect(event).toMatchObject({
      required: ['sku', 'quantity', 'updatedAt'],
      properties: {
        quantity: { type: 'integer', minimum: -2_147_483_648, maximum: 2_147_483_647 },
        updatedAt: { type: 'string', format: 'date-time' },
      },
    });
    expect(events).toMatchObject({ type: 'array', minItems: 1, maxItems: 500 });
    expect(post.parameters.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['tenant', 'supplier', 'webhook-id', 'webhook-timestamp', 'webhook-signature']),
    );
    expect(post.responses['202'].content['application/json'].schema.$ref).toMatch(/Receipts/);
    expect(Object.keys(post.responses.default.content)).toEqual(['application/problem+json']);
    expect(post.responses['401'].description).toContain('`not_signed`');

    expect(description.paths['/v1/tenants/{tenant}/items/{sku}'].get.security).toEqual([
      { bearer: [] },
      { session: [] },
    ]);
    const references = [...answer.body.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name,
    );
    expect(Object.keys(description.components.schemas)).toEqual(expect.arrayContaining(references));
  });
});
