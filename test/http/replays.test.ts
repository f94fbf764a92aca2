import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEWEST } from '../../src/domain/stock.ts';
import { changeStockRule } from '../../src/replay/change-stock-rule.ts';
import { saveItem, startApi, SUPPLIER, TENANT, type Api } from './api.ts';

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

const path = `/v1/tenants/${TENANT}/replays`;
const post = (url: string, body: unknown, token = operator, headers: Record<string, string> = {}) =>
  api.app.inject({
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    payload: JSON.stringify(body),
  });
const since = '2026-01-01T00:00:00Z';

describe('POST /v1/tenants/{tenant}/replays', () => {
  it('writes a replay down with its window frozen, and says where it stands', async () => {
    const answer = await post(path, { since, supplier: SUPPLIER, sku: ' chair-01 ', rate: 5 });
    expect(answer.statusCode).toBe(202);
    const status = answer.json<{ replayId: string }>();
    expect(status).toMatchObject({
      state: 'running',
      tenant: TENANT,
      supplier: SUPPLIER,
      sku: 'CHAIR-01',
      rate: 5,
      events: { total: 1, done: 0 },
      requestedBy: 'token operator of the tests',
    });
    expect(answer.headers.location).toBe(`${path}/${status.replayId}`);
    const shown = await api.get(String(answer.headers.location), viewer);
    expect(shown.json()).toEqual({ ...status, touchedItems: [] });
    expect(await api.database.auditEntry.findFirst({ where: { action: 'replay.start' } })).toMatchObject({
      tenantId: TENANT,
      subject: `replay/${status.replayId}`,
    });
  });

  it('is safe to repeat with an Idempotency-Key, which is good for one request only', async () => {
    const key = { 'idempotency-key': 'once' };
    const answers = await Promise.all([1, 2, 3].map(() => post(path, { since }, operator, key)));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202, 202]);
    expect(new Set(answers.map((answer) => answer.json<{ replayId: string }>().replayId)).size).toBe(1);
    const other = await post(path, { since, by: 'updated_at' }, operator, key);
    expect(other.statusCode).toBe(409);
    expect(other.json()).toMatchObject({ code: 'idempotency_key_reused' });
  });

  it.each([
    [{}, '/since'],
    [{ since: 'yesterday' }, '/since'],
    [{ since, outcome: 'lost' }, '/outcome'],
    [{ since, failureMode: 'bad' }, '/failureMode'],
    [{ since, failureMode: 'unknown_sku' }, '/failureMode'],
    [{ since, rate: 0 }, '/rate'],
    [{ since, unknown: 1 }, '/unknown'],
  ])('names what is wrong in %j', async (body, pointer) => {
    const answer = await post(path, body);
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ code: 'invalid_shape', errors: [{ pointer }] });
  });

  it.each([
    ['reversed', { since, until: '2025-01-01T00:00:00Z' }],
    ['no supplier nobody', { since, supplier: 'nobody' }],
  ])('refuses a window that is %s', async (words, body) => {
    const answer = await post(path, body);
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({
      code: 'replay_refused',
      detail: expect.stringContaining(words) as string,
    });
  });

  it('is for operators, of the tenant', async () => {
    expect((await post(path, { since }, viewer)).json()).toMatchObject({ code: 'role_too_weak' });
    expect((await post('/v1/tenants/nobody/replays', { since })).json()).toMatchObject({ code: 'not_found' });
  });
});

describe('a replay', () => {
  it('can be cancelled, again without harm, and is not shown to other tenants', async () => {
    const { replayId } = (await post(path, { since })).json<{ replayId: string }>();
    const url = `${path}/${replayId}`;
    expect((await post(`${url}/cancel`, {}, viewer)).statusCode).toBe(403);
    for (let time = 0; time < 2; time += 1) {
      const answer = await post(`${url}/cancel`, {});
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toMatchObject({ state: 'cancelled', finishedAt: expect.any(String) as string });
    }
    await api.database.tenant.create({ data: { id: 'other' } });
    expect((await api.get(`/v1/tenants/other/replays/${replayId}`, viewer)).statusCode).toBe(404);
    await api.sql("UPDATE replay SET state = 'completed' WHERE id = $1", [replayId]);
    expect((await post(`${url}/cancel`, {})).json()).toMatchObject({ code: 'replay_ended' });
  });

  it('that carries out a change of the stock rule cannot be cancelled, and says what to do', async () => {
    const replayId = String(
      await changeStockRule(api.database, {
        ...{ tenant: TENANT, actor: 'test', former: 0, items: 1 },
        rule: { ...NEWEST, rule: 'sum' },
      }),
    );
    const answer = await post(`${path}/${replayId}/cancel`, {});
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({
      code: 'replay_not_cancellable',
      detail: expect.stringContaining('change the rule back') as string,
    });
    expect((await api.get(`${path}/${replayId}`, viewer)).json()).toMatchObject({
      state: 'running',
      stockRule: 'sum',
    });
    expect((await api.get(`/v1/tenants/${TENANT}`, viewer)).json()).toMatchObject({
      stockRule: { rule: 'sum' },
      stockRuleChange: { replayId },
    });
  });

  it('shows its items page by page', async () => {
    const { replayId } = (await post(path, { since })).json<{ replayId: string }>();
    await api.sql(
      `INSERT INTO replay_item (replay_id, item_id, outcome) SELECT $1, 'canary:ITEM ' || no, 'repaired'
         FROM generate_series(1, 5) no`,
      [replayId],
    );
    const ids: string[] = [];
    let next: string | undefined = `${path}/${replayId}?limit=2`;
    while (next !== undefined) {
      const answer = await api.get(next, viewer);
      ids.push(
        ...answer.json<{ touchedItems: { itemId: string }[] }>().touchedItems.map(({ itemId }) => itemId),
      );
      next = /<(.*)>; rel="next"/.exec(String(answer.headers.link ?? ''))?.[1];
    }
    expect(ids).toEqual([1, 2, 3, 4, 5].map((no) => `canary:ITEM ${no}`));
  });
});

describe('GET /v1/tenants/{tenant}/replays', () => {
  it('lists them, the newest first, page by page', async () => {
    const ids: string[] = [];
    for (let time = 0; time < 3; time += 1) {
      ids.unshift((await post(path, { since, sku: 'LIST-01' })).json<{ replayId: string }>().replayId);
    }
    const found: string[] = [];
    let next: string | undefined = `${path}?limit=2`;
    while (next !== undefined) {
      const answer = await api.get(next, viewer);
      expect(answer.statusCode).toBe(200);
      const { replays } = answer.json<{ replays: { replayId: string }[] }>();
      found.push(...replays.map(({ replayId }) => replayId));
      next = /<(.*)>; rel="next"/.exec(String(answer.headers.link ?? ''))?.[1];
    }
    expect(found.slice(0, 3)).toEqual(ids);
    expect(new Set(found).size).toBe(await api.database.replay.count({ where: { tenantId: TENANT } }));
    const [first] = (await api.get(path, viewer)).json<{ replays: object[] }>().replays;
    const whole = (await api.get(`${path}/${ids[0]}`, viewer)).json<Record<string, unknown>>();
    const { events: _events, items: _items, touchedItems: _touched, ...request } = whole;
    expect(first).toEqual({ ...request, eventsTotal: 0 });
  });

  it.each(['limit=0', 'limit=201', 'before=1', 'before=1-A'])('refuses %s', async (query) => {
    expect((await api.get(`${path}?${query}`, viewer)).statusCode).toBe(422);
  });
});

describe('POST /v1/tenants/{tenant}/replays/prediction', () => {
  const prediction = `${path}/prediction`;

  it('says what a replay would do, and changes nothing', async () => {
    await api.send({ id: 'fresh', sku: 'DESK-01', quantity: 1, updatedAt: '2026-06-01T09:00:00Z' });
    await api.send({ id: 'wrong', sku: 'no sku', quantity: 1, updatedAt: '2026-06-01T09:00:00Z' });
    const tables = async () =>
      api.sql(`SELECT (SELECT jsonb_agg(e ORDER BY seq) FROM supplier_event e) AS events,
                      (SELECT count(*) FROM replay) AS replays, (SELECT count(*) FROM audit_entry) AS audits`);
    const before = await tables();
    const answer = await post(prediction, { since });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      since: '2026-01-01T00:00:00.000000Z',
      until: expect.any(String) as string,
      events: 3,
      rejected: 1,
      failureModes: { malformed_sku: 1 },
      items: { publish_only: 1, would_win: 1 },
      touchedItems: [
        { itemId: 'canary:DESK-01', outcome: 'would_win', changed: true },
        { itemId: 'canary:CHAIR-01', outcome: 'publish_only', changed: false },
      ],
      rejectedEvents: [{ supplier: SUPPLIER, eventId: 'wrong', sku: 'no sku', failureMode: 'malformed_sku' }],
      startable: true,
    });
    const short = await post(`${prediction}?limit=1`, { since, rate: 5 });
    expect(short.json()).toMatchObject({ events: 3, touchedItems: [{ itemId: 'canary:DESK-01' }] });
    expect(await tables()).toEqual(before);
  });

  it('looks at a closed tenant too, and says that it cannot be replayed', async () => {
    await api.sql(`INSERT INTO tenant (id) VALUES ('asleep') ON CONFLICT DO NOTHING`);
    const answer = await post('/v1/tenants/asleep/replays/prediction', { since });
    expect(answer.json()).toMatchObject({ events: 0, startable: false, touchedItems: [] });
  });

  it('is made for two at the same time at most, so that events go on being received', async () => {
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => post(prediction, { since })));
    const refused = answers.filter(({ statusCode }) => statusCode !== 200);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(2);
    for (const answer of refused) {
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '5']);
    }
    expect((await post(prediction, { since })).statusCode).toBe(200);
  });

  it('is refused as the replay would be', async () => {
    expect((await post(prediction, { since, supplier: 'nobody' })).json()).toMatchObject({
      code: 'replay_refused',
    });
    expect((await post(prediction, { since: 'x' })).statusCode).toBe(422);
    expect((await post(prediction, { since }, viewer)).statusCode).toBe(403);
  });
});
