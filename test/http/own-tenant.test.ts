import { afterAll, beforeAll, expect, it } from 'vitest';
import { saveItem, startApi, SUPPLIER, TENANT, type Api } from './api.ts';

let api: Api;
let token: string;

beforeAll(async () => {
  api = await startApi();
  await api.database.tenant.create({ data: { id: 'other', state: 'open' } });
  await saveItem(api, { id: 'e-1', sku: 'CHAIR', quantity: 5, updatedAt: '2026-06-01T09:59:00Z' });
  token = await api.token('operator', TENANT);
});
afterAll(() => api?.close());

const of = (path: string): string => `/v1/tenants/${TENANT}${path}`;
const send = (method: 'POST' | 'PUT', path: string, payload: object) =>
  api.app.inject({ method, url: of(path), headers: { authorization: `Bearer ${token}` }, payload });

it.each([
  ...['/items/CHAIR', '/items/CHAIR/trace', `/suppliers/${SUPPLIER}/events/e-1/trace`, '/trace?sku=CHAIR'],
  ...['/search?q=CHAI', '/events', '/events?outcome=won', '/failure-modes', '/audit', '/gate', '/replays'],
  ...['/sweeps', '/feeds', '/aliases', '/unknown-skus'],
])('somebody of a tenant reads %s of their own', async (path) => {
  const answer = await api.get(of(path), token);
  expect([answer.statusCode, answer.body]).toEqual([200, expect.any(String)]);
});

it('somebody of a tenant sees that tenant in the list, and no other', async () => {
  const answer = await api.get('/v1/tenants', token);
  expect(answer.json()).toMatchObject({ tenants: [{ tenant: TENANT }] });
});

it('somebody of a tenant changes what is theirs', async () => {
  const window = { since: '2020-01-01T00:00:00Z' };
  const done: [string, number][] = [];
  const note = async (
    method: 'POST' | 'PUT',
    path: string,
    payload: object,
  ): Promise<Record<string, string>> => {
    const answer = await send(method, path, payload);
    done.push([path.replace(/\/\d[^/]*/, '/ID'), answer.statusCode]);
    if (answer.statusCode >= 500) throw new Error(`${path}: ${answer.body}`);
    return answer.json();
  };
  await note('POST', '/replays/prediction', window);
  const { replayId } = await note('POST', '/replays', window);
  await note('POST', `/replays/${replayId}/cancel`, {});
  const { sweepId } = await note('POST', '/sweeps', { repair: false });
  await note('POST', `/sweeps/${sweepId}/cancel`, {});
  const columns = { sku: 'sku', quantity: 'qty', updatedAt: 'at' };
  await note('PUT', '/feeds/night', { supplier: SUPPLIER, source: { upload: {} }, columns });
  await note('POST', '/feeds/night/pause', {});
  const { runId } = await note('POST', '/feeds/night/files', {});
  await note('POST', `/feeds/night/runs/${runId}/cancel`, {});
  await note('POST', `/suppliers/${SUPPLIER}/aliases`, { aliases: [{ code: '4711', sku: 'DESK' }] });
  await note('PUT', '/gate/checklist/dashboard', { reference: 'https://dash.example/1' });
  await note('POST', '/gate/rollback', { reason: 'test', supplier: SUPPLIER });
  await note('POST', '/gate/rollback', { reason: 'test' });
  expect(done).toEqual([
    ['/replays/prediction', 200],
    ['/replays', 202],
    ['/replays/ID/cancel', 200],
    ['/sweeps', 202],
    ['/sweeps/ID/cancel', 200],
    ['/feeds/night', 200],
    ['/feeds/night/pause', 200],
    ['/feeds/night/files', 202],
    ['/feeds/night/runs/ID/cancel', 200],
    [`/suppliers/${SUPPLIER}/aliases`, 200],
    ['/gate/checklist/dashboard', 200],
    ['/gate/rollback', 200],
    ['/gate/rollback', 200],
  ]);
  expect(await api.sql('SELECT id, state FROM tenant ORDER BY id')).toEqual([
    { id: TENANT, state: 'closed' },
    { id: 'other', state: 'open' },
  ]);
});
