import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTraces } from '../../src/trace/find-trace.ts';
import { saveItem, startApi, TENANT, type Api } from '../http/api.ts';
import { WEB_UI } from './story.ts';

let api: Api;
let token: string;

beforeAll(async () => {
  api = await startApi(WEB_UI);
  token = await api.token('viewer', TENANT);
  await saveItem(api, { id: 'e 17', sku: 'chair-01', quantity: 7, updatedAt: '2026-06-01T09:59:05Z' });
  await saveItem(api, { id: 'e-16', sku: 'chair-01', quantity: 3, updatedAt: '2026-06-01T09:59:01Z' });
});
afterAll(() => api?.close());

describe('the trace over HTTP', () => {
  it('of an item is what the command line prints', async () => {
    const answer = await api.get(`/v1/tenants/${TENANT}/items/Chair-01/trace`, token);
    expect(answer.statusCode).toBe(200);
    const [found] = await findTraces(api.database, { key: 'CHAIR-01' }, WEB_UI);
    expect(answer.json()).toEqual(found?.trace);
    expect(Object.keys(answer.json())).toEqual(Object.keys(found?.trace ?? {}));
  });

  it('of an event is found by its percent-encoded id', async () => {
    const answer = await api.get(`/v1/tenants/${TENANT}/suppliers/acme/events/e%2017/trace`, token);
    expect(answer.statusCode).toBe(200);
    expect(answer.json().item.eventId).toBe('e 17');
    expect(answer.json().events[1].workflowUrl).toBe(
      'http://ui.test/namespaces/shop/workflows/sync%3Acanary%3Aacme%3Ae%252017',
    );
  });

  it('leads on to older events by a Link header', async () => {
    const first = await api.get(`/v1/tenants/${TENANT}/items/CHAIR-01/trace?limit=1`, token);
    expect(first.json().events).toMatchObject([{ eventId: 'e-16' }]);
    const next = /^<([^>]+)>; rel="next"$/.exec(String(first.headers.link))?.[1] ?? '';
    const second = await api.get(next, token);
    expect(second.json().events).toMatchObject([{ eventId: 'e 17' }]);
    expect(second.headers.link).toBeUndefined();
  });

  it.each([
    '/v1/tenants/canary/items/NOPE/trace',
    '/v1/tenants/canary/items/%00/trace',
    '/v1/tenants/other/items/CHAIR-01/trace',
    '/v1/tenants/canary/suppliers/acme/events/nope/trace',
    '/v1/tenants/canary/suppliers/NO/events/e-16/trace',
  ])('answers 404 to %s', async (url) => {
    const answer = await api.get(url, token);
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'not_found']);
  });

  it('needs a token, and refuses a page that makes no sense', async () => {
    const url = `/v1/tenants/${TENANT}/items/CHAIR-01/trace`;
    expect((await api.get(url)).statusCode).toBe(401);
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'before=-1', 'before=1e9']) {
      expect([query, (await api.get(`${url}?${query}`, token)).statusCode]).toEqual([query, 422]);
    }
  });
});
