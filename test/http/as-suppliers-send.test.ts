import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsPath, startApi, TENANT, type Api } from './api.ts';

const EVENT = { sku: 'chair-01', quantity: 5, updatedAt: '2026-06-01T09:59:00Z' };
const CLOUD_EVENT = { specversion: '1.0', id: 'A-1', source: '/eu', type: 'inventory.updated', data: EVENT };
const BATCH = 'application/cloudevents-batch+json';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.close());

describe('a delivery as suppliers send it', () => {
  it.each([
    'application/json',
    'Application/JSON;Charset="UTF-8"',
    'application/json; charset=us-ascii',
    'application/json; profile="a;charset=latin1"',
    'application/json;',
    'application/vnd.acme.stock+json',
    'text/json',
  ])('may be of the type %s', async (type) => {
    const answer = await api.send({ ...EVENT, id: `type ${type}` }, { type });
    expect([answer.statusCode, answer.json().results]).toMatchObject([202, [{ status: 'accepted' }]]);
  });

  it.each([
    'application/json; charset=iso-8859-1',
    'application/json; charset=utf-8; charset=latin1',
    'application/jsonp',
    'application/xml+js',
    'json',
    'application/json, text/plain',
    'application/json; charset',
    'application/cloudevents+avro',
  ])('is a 415 of the type %s', async (type) => {
    const answer = await api.send(EVENT, { type });
    expect([answer.statusCode, answer.json().code]).toEqual([415, 'unsupported_media_type']);
  });

  it('may begin with a byte order mark, which is signed with the rest', async () => {
    const body = `\ufeff${JSON.stringify({ ...EVENT, id: 'marked' })}`;
    expect((await api.send(body)).json().results).toMatchObject([{ eventId: 'marked', status: 'accepted' }]);
    const headers = api.signed(body.slice(1));
    expect((await api.send(body, { headers })).statusCode).toBe(401);
  });

  it('may go to a path with a slash at its end', async () => {
    const payload = JSON.stringify({ ...EVENT, id: 'slash' });
    const url = `${eventsPath()}/`;
    const answer = await api.app.inject({ method: 'POST', url, headers: api.signed(payload), payload });
    expect([answer.statusCode, answer.json().results]).toMatchObject([202, [{ eventId: 'slash' }]]);
    const token = await api.token('viewer');
    expect((await api.get(`/v1/tenants/${TENANT}/`, token)).json().tenant).toBe(TENANT);
    expect((await api.get('/healthz/')).statusCode).toBe(200);
    expect((await api.get(`/v1/tenants/${TENANT}/events/`)).statusCode).toBe(401);
  });
});

describe('CloudEvents as they come', () => {
  it('may be none: the batch is taken, and nothing is stored', async () => {
    const before = await api.stored();
    const answer = await api.send([], { type: BATCH });
    expect([answer.statusCode, answer.json()]).toEqual([202, { results: [] }]);
    expect(await api.stored()).toBe(before);
    expect((await api.send([], { type: BATCH, secret: Buffer.alloc(32, 1) })).statusCode).toBe(401);
  });

  it('may have their data in base64', async () => {
    const { data, ...attributes } = CLOUD_EVENT;
    const data_base64 = Buffer.from(JSON.stringify({ ...data, colour: 'red' })).toString('base64');
    const answer = await api.send({ ...attributes, data_base64 }, { type: 'application/cloudevents+json' });
    expect([answer.statusCode, answer.json()]).toMatchObject([
      202,
      { results: [{ eventId: '/eu A-1', status: 'accepted' }], ignored: ['colour'] },
    ]);
    const [row] = await api.database.supplierEvent.findMany({ where: { eventId: '/eu A-1' } });
    expect(row).toMatchObject({ sku: 'chair-01', quantity: 5 });
    const other = Buffer.from(JSON.stringify({ ...data, quantity: 6 })).toString('base64');
    const conflict = await api.send(
      { ...attributes, data_base64: other },
      { type: 'application/cloudevents+json' },
    );
    expect([conflict.statusCode, conflict.json().errors]).toMatchObject([
      409,
      [{ pointer: '/data_base64/quantity' }],
    ]);
  });

  it('are named by a hash where source and id are long, which the answer says', async () => {
    const source = `https://warehouse.example.com/${'x'.repeat(200)}`;
    const eventId = `sha256:${createHash('sha256').update(`${source} A-1`).digest('hex')}`;
    const long = { ...CLOUD_EVENT, source };
    const statuses = [];
    for (const type of ['application/cloudevents+json', BATCH]) {
      const answer = await api.send(type === BATCH ? [CLOUD_EVENT, long] : long, { type });
      expect(answer.statusCode).toBe(202);
      statuses.push(answer.json().results.at(-1));
    }
    const named = { eventId, workflowId: expect.any(String), hashedFrom: 'source and id' };
    expect(statuses).toEqual([
      { ...named, status: 'accepted' },
      { ...named, status: 'duplicate' },
    ]);
    const answer = await api.send([CLOUD_EVENT], { type: BATCH });
    expect(answer.json().results[0]).not.toHaveProperty('hashedFrom');
  });
});

describe('a list of signatures', () => {
  it('is taken where one of up to 32 is right, and the others are skipped', async () => {
    const payload = JSON.stringify({ ...EVENT, id: 'many signatures' });
    const headers = api.signed(payload);
    const right = headers['webhook-signature'];
    const wrong = `v1,${Buffer.alloc(32).toString('base64')}`;
    const statusOf = async (signature: string) => {
      const given = { ...headers, 'webhook-signature': signature };
      return (await api.app.inject({ method: 'POST', url: eventsPath(), headers: given, payload }))
        .statusCode;
    };
    expect(await statusOf(`v1a,c2lnbmF0dXJl ${wrong} v2,x nonsense v1,=== ${right}`)).toBe(202);
    expect(await statusOf(`${`${wrong} `.repeat(31)}${right}`)).toBe(202);
    expect(await statusOf(`${`${wrong} `.repeat(32)}${right}`)).toBe(401);
    expect(await statusOf(`v1a,c2lnbmF0dXJl ${wrong}`)).toBe(401);
  });
});
