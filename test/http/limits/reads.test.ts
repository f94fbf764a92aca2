import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../../src/access/sessions.ts';
import { openTenant } from '../../support/flags.ts';
import { until } from '../../support/until.ts';
import { shopAt } from '../../support/shop-at.ts';
import { saveItem, startApi, SUPPLIER, TENANT, type Api } from '../api.ts';
import { heldUp, lockTable } from '../locked-table.ts';
import { seen } from './raw-client.ts';

const EVENT = { sku: 'CHAIR-01', quantity: 5, updatedAt: '2026-06-01T09:59:00Z' };
const OTHER = 'other';
const TRACE = `/v1/tenants/${TENANT}/items/CHAIR-01/trace`;

let api: Api;
let shop: Server;
/** What the shop was asked and never answers. */
const asked = new Set<Socket>();

beforeAll(async () => {
  shop = createServer((socket) => {
    socket.on('error', () => undefined).on('close', () => asked.delete(socket));
    socket.once('data', () => asked.add(socket));
  }).listen(0, '127.0.0.1');
  await once(shop, 'listening');
  api = await startApi({ limits: { readsPerToken: 2, readsPerTenant: 3, readsAtOnce: 4 } });
  await openTenant(api.database, OTHER, [SUPPLIER]);
  await saveItem(api, { id: 'e-1', ...EVENT });
  await shopAt(api.sql, `http://127.0.0.1:${(shop.address() as AddressInfo).port}`, TENANT);
});
afterAll(async () => {
  await api?.close();
  shop?.close();
});

const unlocks: (() => Promise<void>)[] = [];
const lock = async (table: string): Promise<() => Promise<void>> => {
  const unlock = await lockTable(api, table);
  unlocks.push(unlock);
  return unlock;
};
afterEach(async () => {
  for (const unlock of unlocks.splice(0)) await unlock();
});

const viewers = (count: number) => Promise.all(Array.from({ length: count }, () => api.token('viewer')));

describe('what belongs to no tenant', () => {
  it("takes the turns of whoever asks and nobody else's, and who is signed in takes none", async () => {
    const [admin, tokens] = [await api.token('admin'), await viewers(4)];
    const unlock = await lock('tenant');
    const held = tokens.slice(0, 3).map((token) => api.get('/v1/tenants', token));
    await until(async () => (await heldUp(api)) === 3);
    expect((await api.get('/v1/sessions', admin)).statusCode).toBe(200);
    const last = api.get('/v1/tenants', tokens[3]);
    await until(async () => (await heldUp(api)) === 4);
    expect((await api.get('/session', admin)).statusCode).toBe(200);
    expect((await api.get('/openapi.json', admin)).statusCode).toBe(200);
    await unlock();
    for (const { statusCode } of await Promise.all([...held, last])) expect(statusCode).toBe(200);
  });
});

describe('somebody of the single sign-on', () => {
  it('is one asker, in however many sessions', async () => {
    const owner = { tokenId: null, subject: 'https://id.test/ 4711', name: 'ada', role: 'viewer' } as const;
    const cookies: string[] = [];
    for (let no = 0; no < 2; no += 1) {
      const { sessionId } = await api.database.$transaction((transaction) =>
        openSession(transaction, { ...owner, tenant: null }),
      );
      cookies.push(`catalog_sync_session=${sessionId}`);
    }
    const [ben] = await viewers(1);
    const unlock = await lock('supplier_event');
    const url = `/v1/tenants/${TENANT}/events`;
    const all = [...cookies, ...cookies].map((cookie) => api.app.inject({ url, headers: { cookie } }));
    await until(async () => (await heldUp(api)) === 2);
    const other = api.get(`/v1/tenants/${OTHER}/events`, ben);
    await until(async () => (await heldUp(api)) >= 3);
    expect(await heldUp(api)).toBe(3);
    await unlock();
    expect((await other).statusCode).toBe(200);
    for (const { statusCode } of await Promise.all(all)) expect([200, 429]).toContain(statusCode);
  });
});

describe('replays that are started', () => {
  it('count their events one after another, and not on the connections by which people are known', async () => {
    const operators = await Promise.all(Array.from({ length: 8 }, () => api.token('operator')));
    const unlock = await lock('supplier_event');
    const started = operators.map((token) =>
      api.app.inject({
        method: 'POST',
        url: `/v1/tenants/${TENANT}/replays`,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        payload: '{"since":"2026-01-01T00:00:00Z"}',
      }),
    );
    await until(async () => (await heldUp(api)) > 0);
    const known = await Promise.all(operators.map((token) => api.get('/session', token)));
    expect(new Set(known.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
    expect(await heldUp(api)).toBe(1);
    await unlock();
    const statuses = (await Promise.all(started)).map(({ statusCode }) => statusCode);
    expect(statuses.filter((status) => status === 202).length).toBeGreaterThan(0);
    for (const status of statuses) expect([202, 429]).toContain(status);
  });
});

describe('traces beside a storefront that hangs', () => {
  it('take turns: of a token, of a tenant; meanwhile events, lists and searches are answered', async () => {
    const [ada, ben, cleo] = [
      await api.token('viewer'),
      await api.token('viewer'),
      await api.token('viewer', OTHER),
    ];
    const first = Array.from({ length: 80 }, () => api.get(TRACE, ada));
    await seen(() => asked.size === 2);
    // Those that may not even wait are told so at once, the others once they have waited.
    const early = await Promise.race(first);
    expect([early.statusCode, early.json().code, early.headers['retry-after']]).toEqual([
      429,
      'too_many_at_once',
      '3',
    ]);
    const second = Array.from({ length: 2 }, () => api.get(TRACE, ben));
    await seen(() => asked.size === 3);

    expect((await api.send({ id: 'e-2', ...EVENT })).statusCode).toBe(202);
    expect((await api.get(`/v1/tenants/${TENANT}/search?q=CHAIR-01`, ada)).statusCode).toBe(200);
    expect((await api.get(`/v1/tenants/${TENANT}/events`, ada)).statusCode).toBe(200);
    // Another tenant's trace has the turn that is left.
    expect((await api.get(`/v1/tenants/${OTHER}/items/NOPE/trace`, cleo)).statusCode).toBe(404);
    expect(asked.size).toBeLessThanOrEqual(3);

    const statuses = (await Promise.all([...first, ...second])).map(({ statusCode }) => statusCode);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    // With all turns given back, each is had again.
    expect((await api.get(TRACE, ada)).statusCode).toBe(200);
  });

  it('are refused before anybody looks who asks, and a token that nobody has is a 401 as ever', async () => {
    const ada = await api.token('viewer');
    const many = Array.from({ length: 70 }, () => api.get(TRACE, ada));
    await seen(() => asked.size === 2);
    await api.database.apiToken.deleteMany({});
    expect((await api.get(TRACE, ada)).statusCode).toBe(429);
    expect((await api.get(TRACE, `cst_${'0'.repeat(16)}_${'a'.repeat(43)}`)).statusCode).toBe(401);
    await Promise.all(many);
    expect((await api.get(TRACE, ada)).statusCode).toBe(401);
  });
});

describe('lists that look at much', () => {
  it('take turns one by one, and hold up no other list', async () => {
    const ada = await api.token('viewer');
    const path = `/v1/tenants/${TENANT}/events`;
    const answers = await Promise.all([
      ...Array.from({ length: 12 }, () => api.get(`${path}?outcome=superseded`, ada)),
      api.get(`${path}?outcome=won`, ada),
    ]);
    const statuses = answers.map(({ statusCode }) => statusCode);
    expect(new Set(statuses.slice(0, 12))).toEqual(new Set([200, 429]));
    expect(statuses[12]).toBe(200);
    expect((await api.get(`${path}?failureMode=untraceable_event`, ada)).statusCode).toBe(200);
  });
});
