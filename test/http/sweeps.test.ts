import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweepStatusSchema, sweepWithFindingsSchema } from '../../src/http/routes/sweep-schema.ts';
import { saveItem, startApi, TENANT, type Api } from './api.ts';

let api: Api;
let operator: string;
let viewer: string;

beforeAll(async () => {
  api = await startApi();
  operator = await api.token('operator');
  viewer = await api.token('viewer');
  await saveItem(api, { id: 'e-1', sku: 'CHAIR-01', quantity: 7, updatedAt: '2026-06-01T10:00:00Z' });
});
afterAll(() => api.close());

const path = `/v1/tenants/${TENANT}/sweeps`;
const post = (url: string, body: unknown, token = operator) =>
  api.app.inject({
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    payload: JSON.stringify(body),
  });

describe('sweeps over HTTP', () => {
  it('are written down, and the same one is answered for as long as it runs', async () => {
    const answer = await post(path, { repair: true, rate: 7 });
    expect(answer.statusCode).toBe(202);
    const status = sweepStatusSchema.strict().parse(answer.json());
    expect(status).toMatchObject({
      ...{ tenant: TENANT, state: 'running', repair: true, rate: 7, way: null },
    });
    expect(status.requestedBy).toBe('token operator of the tests');
    expect(answer.headers.location).toBe(`${path}/${status.sweepId}`);
    expect((await post(path, { repair: true })).json()).toMatchObject({ sweepId: status.sweepId });
    expect((await post(path, {})).json()).not.toMatchObject({ sweepId: status.sweepId });
    const { sweeps } = (await api.get(path, viewer)).json<{ sweeps: { sweepId: string }[] }>();
    expect(sweeps).toHaveLength(2);
    const first = await api.get(`${path}?limit=1`, viewer);
    const next = /<([^>]+)>; rel="next"/.exec(String(first.headers.link))?.[1];
    expect((await api.get(String(next), viewer)).json()).toMatchObject({ sweeps: [sweeps[1]] });
  });

  it('show what they found page by page', async () => {
    const { sweepId } = (await post(path, {})).json<{ sweepId: string }>();
    await api.sql(
      `INSERT INTO sweep_finding (sweep_id, item_id, kind, ledger_version, ledger_quantity, shown_version, shown_quantity)
       SELECT $1, 'canary:ITEM ' || no, 'wrong_quantity_shown', 1, 2, 3, no FROM generate_series(1, 5) no`,
      [sweepId],
    );
    const items: string[] = [];
    let url: string | undefined = `${path}/${sweepId}?limit=2`;
    while (url !== undefined) {
      const answer: Awaited<ReturnType<Api['get']>> = await api.get(url, viewer);
      const shown = sweepWithFindingsSchema.strict().parse(answer.json());
      items.push(...shown.foundItems.map(({ itemId }) => itemId));
      expect(shown.drift).toEqual({ wrong_quantity_shown: 5 });
      url = /<([^>]+)>; rel="next"/.exec(String(answer.headers.link))?.[1];
    }
    expect(items).toEqual([1, 2, 3, 4, 5].map((no) => `canary:ITEM ${no}`));
  });

  it('can be cancelled, again without harm, and are not shown to other tenants', async () => {
    const { sweepId } = (await post(path, {})).json<{ sweepId: string }>();
    const url = `${path}/${sweepId}`;
    for (let time = 0; time < 2; time += 1) {
      const answer = await post(`${url}/cancel`, {});
      expect([answer.statusCode, answer.json()]).toMatchObject([200, { state: 'cancelled' }]);
    }
    await api.database.tenant.create({ data: { id: 'other' } });
    expect((await api.get(`/v1/tenants/other/sweeps/${sweepId}`, viewer)).statusCode).toBe(404);
    await api.sql("UPDATE sweep SET state = 'completed' WHERE id = $1", [sweepId]);
    expect((await post(`${url}/cancel`, {})).json()).toMatchObject({ code: 'sweep_ended' });
  });

  it('are refused by whom they are not for, and in another shape', async () => {
    expect((await post(path, {}, viewer)).json()).toMatchObject({ code: 'role_too_weak' });
    expect((await post('/v1/tenants/nobody/sweeps', {})).json()).toMatchObject({ code: 'not_found' });
    for (const [body, pointer] of [
      [{ repair: 'yes' }, '/repair'],
      [{ rate: 0 }, '/rate'],
      [{ other: 1 }, '/other'],
    ] as const) {
      expect((await post(path, body)).json()).toMatchObject({ code: 'invalid_shape', errors: [{ pointer }] });
    }
  });

  it('stand in the status of the gate once one is completed', async () => {
    const gate = async () =>
      (await api.get(`/v1/tenants/${TENANT}/gate`, viewer)).json<{ lastSweep: unknown }>();
    await api.sql('DELETE FROM sweep_finding; ', []);
    await api.sql("UPDATE sweep SET state = 'failed', finished_at_us = now_us()");
    expect((await gate()).lastSweep).toBeNull();
    const { sweepId } = (await post(path, {})).json<{ sweepId: string }>();
    await api.sql("SELECT end_sweep($1, 'completed', NULL)", [sweepId]);
    expect((await gate()).lastSweep).toMatchObject({ sweepId, repair: false, asked: 0, drift: {} });
  });
});
