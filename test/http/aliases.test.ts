import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeTenant } from '../../src/flags/tenants.ts';
import type { Events } from '../../src/http/routes/events-schema.ts';
import type { FailureModes } from '../../src/http/routes/failure-modes-schema.ts';
import { startApi, SUPPLIER, TENANT, type Api } from './api.ts';

let api: Api;
let operator: string;
let viewer: string;

beforeAll(async () => {
  api = await startApi();
  operator = await api.token('operator', TENANT);
  viewer = await api.token('viewer', TENANT);
  await changeTenant(api.database, { tenant: TENANT, unknownSkus: 'hold', actor: 'test' });
});
afterAll(() => api?.close());

const path = `/v1/tenants/${TENANT}/suppliers/${SUPPLIER}/aliases`;
const unknownPath = `/v1/tenants/${TENANT}/unknown-skus`;
const send = (method: 'POST' | 'DELETE', url: string, payload?: object, token = operator) =>
  api.app.inject({
    ...{ method, url, headers: { authorization: `Bearer ${token}` } },
    ...(payload && { payload }),
  });
/** What the failure mode unknown_sku counts and lists. */
async function waiting(): Promise<{ count: number | undefined; events: string[] }> {
  const { failureModes } = (
    await api.get(`/v1/tenants/${TENANT}/failure-modes`, viewer)
  ).json<FailureModes>();
  const listed = await api.get(`/v1/tenants/${TENANT}/events?failureMode=unknown_sku`, viewer);
  return {
    count: failureModes.find(({ failureMode }) => failureMode === 'unknown_sku')?.count,
    events: listed.json<Events>().events.map(({ eventId }) => eventId),
  };
}
const updatedAt = '2026-06-01T09:59:00Z';

describe('aliases over HTTP', () => {
  it('let what waited flow, in pieces', async () => {
    expect((await api.send({ id: 'e-1', sku: '4711', quantity: 3, updatedAt })).statusCode).toBe(202);
    expect((await api.get(unknownPath, viewer)).json()).toMatchObject({
      unknown: [{ supplier: SUPPLIER, code: '4711', count: 1, lastQuantity: 3, tooMuch: false, near: [] }],
    });
    expect(await waiting()).toEqual({ count: 1, events: ['e-1'] });
    const body = { aliases: [{ code: '4711', sku: 'chair', factor: 12 }] };
    expect((await send('POST', path, { ...body, dryRun: true })).json()).toEqual({
      ...{ added: 1, changed: 0, unchanged: 0, released: 1, dryRun: true },
    });
    expect((await send('POST', path, body)).json()).toMatchObject({ added: 1, released: 1, dryRun: false });
    expect((await api.get(unknownPath, viewer)).json()).toEqual({ unknown: [] });
    expect(await waiting()).toEqual({ count: 0, events: [] });
    expect((await api.get(`/v1/tenants/${TENANT}/events`, viewer)).json()).toMatchObject({
      events: [{ eventId: 'e-1', sku: 'CHAIR', quantity: 36, outcome: 'pending' }],
    });
    expect((await api.send({ id: 'e-1', sku: '4711', quantity: 3, updatedAt })).json()).toMatchObject({
      results: [{ status: 'duplicate' }],
    });
  });

  it('are refused with a pointer to every fault, and none is taken', async () => {
    const answer = await send('POST', path, {
      aliases: [
        { code: 'A', sku: 'DESK' },
        { code: '', sku: 'DESK' },
        { code: 'B', sku: 'DESK', factor: 0.5 },
      ],
    });
    expect([answer.statusCode, answer.json().errors]).toEqual([
      422,
      [
        { pointer: '/aliases/1', detail: 'the code is missing' },
        { pointer: '/aliases/2', detail: 'the factor 0.5 is no whole number from 1 to 1000000' },
      ],
    ]);
    expect(await api.database.skuAlias.count({ where: { sku: 'DESK' } })).toBe(0);
  });

  it('are listed page by page, and forgotten', async () => {
    await send('POST', path, { aliases: [{ code: '00012345678905', sku: 'LAMP' }] });
    const first = await api.get(`/v1/tenants/${TENANT}/aliases?limit=1`, viewer);
    expect(first.json()).toMatchObject({ aliases: [{ code: '00012345678905', sku: 'LAMP', factor: 1 }] });
    const next = /<([^>]+)>; rel="next"/.exec(String(first.headers.link))?.[1] ?? '';
    expect((await api.get(next, viewer)).json()).toMatchObject({ aliases: [{ code: '4711' }] });
    const found = async (search: string) => {
      const asked = `/v1/tenants/${TENANT}/aliases?search=${encodeURIComponent(search)}&supplier=${SUPPLIER}`;
      return (await api.get(asked, viewer)).json().aliases.map(({ sku }: { sku: string }) => sku);
    };
    expect(await found('12345678905')).toEqual(['LAMP']);
    expect(await found(' lamp ')).toEqual(['LAMP']);
    expect(await found('lam')).toEqual([]);
    expect(await found('\0')).toEqual([]);
    expect((await send('DELETE', `${path}/12345678905`)).statusCode).toBe(204);
    expect((await send('DELETE', `${path}/12345678905`)).statusCode).toBe(404);
    expect((await send('DELETE', `${path}/4711`, undefined, viewer)).statusCode).toBe(403);
  });

  it('are none of a supplier that is not there, nor of manual fixes', async () => {
    const body = { aliases: [{ code: 'A', sku: 'DESK' }] };
    for (const supplier of ['nobody', 'manual', 'A%00B']) {
      const answer = await send('POST', `/v1/tenants/${TENANT}/suppliers/${supplier}/aliases`, body);
      expect([supplier, answer.statusCode]).toEqual([supplier, 404]);
    }
    expect((await api.get(`/v1/tenants/${TENANT}`, viewer)).json()).toMatchObject({ unknownSkus: 'hold' });
  });
});
