import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rotateSupplierSecret } from '../../src/access/supplier-secrets.ts';
import { mustParseTime, seconds } from '../../src/domain/time.ts';
import { parseSecret } from '../../src/standard-webhooks/secret.ts';
import { eventsPath, NOW, startApi, SUPPLIER, TENANT, type Api } from './api.ts';

const EVENT = { sku: 'chair-01', quantity: 5, updatedAt: '2026-06-01T09:59:00Z' };
const CLOUD_EVENT = { specversion: '1.0', id: 'A-1', source: '/eu', type: 'inventory.updated', data: EVENT };

let api: Api;
const counted: unknown[] = [];

beforeAll(async () => {
  api = await startApi({ metrics: { eventsReceived: (events) => void counted.push(events) } });
});
afterAll(() => api?.close());

describe('a signed delivery', () => {
  it('is stored and answered with 202, event id, workflow id and status', async () => {
    const answer = await api.send({ id: 'first', ...EVENT });
    expect([answer.statusCode, answer.json()]).toEqual([
      202,
      { results: [{ eventId: 'first', workflowId: 'sync:canary:acme:first', status: 'accepted' }] },
    ]);
    const [row] = await api.database.supplierEvent.findMany({ where: { eventId: 'first' } });
    expect(row).toMatchObject({
      tenantId: TENANT,
      supplierId: SUPPLIER,
      sku: 'chair-01',
      quantity: 5,
      updatedAtUs: mustParseTime('2026-06-01T09:59:00Z'),
    });
    expect(row?.startDueUs).not.toBeNull();
    expect(counted).toContainEqual({ tenant: TENANT, supplier: SUPPLIER, status: 'accepted', count: 1 });
  });

  it('that comes again is a duplicate with the same answer, however its JSON is written', async () => {
    await api.send({ id: 'twice', ...EVENT });
    const again = await api.send(
      '{"quantity":5.0, "updatedAt":"2026-06-01T11:59:00.000+02:00","sku":"chair-01","id":"twice"}',
    );
    expect([again.statusCode, again.json()]).toEqual([
      202,
      { results: [{ eventId: 'twice', workflowId: 'sync:canary:acme:twice', status: 'duplicate' }] },
    ]);
  });

  it('that uses an id again for another content is a 409 that says what differs', async () => {
    await api.send({ id: 'reused', ...EVENT });
    const answer = await api.send({ id: 'reused', ...EVENT, quantity: 6 });
    expect(answer.statusCode).toBe(409);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({
      code: 'event_id_reused',
      detail: expect.stringContaining('reused'),
      errors: [{ pointer: '/quantity', detail: expect.stringContaining('was 5') }],
    });
    const conflicts = await api.database.duplicateDelivery.findMany({ where: { conflict: true } });
    expect(conflicts).toHaveLength(1);
  });

  it('in an array gets a result for each event in order, conflicts too', async () => {
    await api.send({ id: 'known', ...EVENT });
    const answer = await api.send([
      { id: 'z-new', ...EVENT },
      { id: 'known', ...EVENT },
      { id: 'known', ...EVENT, quantity: 9 },
      { id: 'a-new', ...EVENT },
      { id: 'z-new', ...EVENT },
    ]);
    expect(answer.statusCode).toBe(202);
    expect(
      answer
        .json()
        .results.map((result: { eventId: string; status: string }) => [result.eventId, result.status]),
    ).toEqual([
      ['z-new', 'accepted'],
      ['known', 'duplicate'],
      ['known', 'conflict'],
      ['a-new', 'accepted'],
      ['z-new', 'duplicate'],
    ]);
    expect(answer.json().results.map((result: { errors?: unknown }) => result.errors)).toEqual([
      undefined,
      undefined,
      [{ pointer: '/2/quantity', detail: 'was 5 when this id was first received' }],
      undefined,
      undefined,
    ]);
  });

  it('says of a field that is missing that it is', async () => {
    const answer = await api.send({ sku: 'A' });
    expect(answer.json().errors).toEqual([
      { pointer: '/quantity', detail: 'is missing' },
      { pointer: '/updatedAt', detail: 'is missing' },
    ]);
  });

  it('without an id is named by webhook-id, so that a retry of the message is a duplicate', async () => {
    const statuses = [];
    for (let round = 0; round < 2; round += 1) {
      const answer = await api.send(EVENT, { id: 'msg_retry' });
      statuses.push(answer.json().results[0]);
    }
    expect(statuses).toMatchObject([
      { eventId: 'msg_retry', status: 'accepted' },
      { eventId: 'msg_retry', status: 'duplicate' },
    ]);
  });

  it('may be a CloudEvent: structured, in a batch, or in binary mode, where webhook-id is what names it', async () => {
    const id = '/eu A-1';
    const structured = await api.send(CLOUD_EVENT, { type: 'application/cloudevents+json; charset=UTF-8' });
    expect(structured.json().results).toEqual([
      { eventId: id, workflowId: 'sync:canary:acme:%2Feu%20A-1', status: 'accepted' },
    ]);
    const batch = await api.send([CLOUD_EVENT, { ...CLOUD_EVENT, id: 'A-2' }], {
      type: 'application/cloudevents-batch+json',
    });
    expect(batch.json().results).toMatchObject([
      { eventId: id, status: 'duplicate' },
      { eventId: '/eu A-2', status: 'accepted' },
    ]);
    const binary = await api.send(EVENT, {
      id: 'binary-1',
      headers: {
        'ce-specversion': '1.0',
        'ce-id': 'A-1',
        'ce-source': '/eu',
        'ce-type': 'inventory.updated',
      },
    });
    expect(binary.json().results).toMatchObject([{ eventId: 'binary-1', status: 'accepted' }]);
  });

  it('may hold 500 events, and event ids of 200 bytes', async () => {
    const events = Array.from({ length: 500 }, (_, index) => ({
      ...EVENT,
      id: `${index}`.padStart(200, 'x'),
    }));
    const answer = await api.send(events);
    expect(answer.statusCode).toBe(202);
    expect(
      new Set(answer.json().results.map((result: { workflowId: string }) => result.workflowId)).size,
    ).toBe(500);
  });

  it.each(['', '../../etc', ':', '=1+1', 'ü'.repeat(128), "'; DROP TABLE supplier_event; --", '\\u0000'])(
    'keeps the SKU %j just as it came',
    async (sku) => {
      const answer = await api.send([{ ...EVENT, sku }]);
      expect(answer.statusCode).toBe(202);
      const { eventId } = answer.json().results[0];
      const [row] = await api.database.supplierEvent.findMany({ where: { eventId } });
      expect(row?.sku).toBe(sku);
    },
  );
});

describe('a delivery that is not signed', () => {
  it('is a 401, and nothing is stored', async () => {
    const before = await api.stored();
    const body = JSON.stringify(EVENT);
    const answers = [
      await api.send(EVENT, { secret: Buffer.alloc(32, 1) }),
      await api.send(EVENT, { headers: { 'webhook-signature': undefined } }),
      await api.send(EVENT, { headers: { 'webhook-id': 'another' } }),
      await api.app.inject({
        method: 'POST',
        url: eventsPath(),
        headers: api.signed(body),
        payload: body.replace('5', '6'),
      }),
      // No reason to read a body of a stranger: what is wrong with it stays unsaid.
      await api.send('not json', { secret: Buffer.alloc(32, 1) }),
      await api.app.inject({
        method: 'POST',
        url: eventsPath(),
        headers: { 'content-type': 'application/json' },
      }),
    ];
    for (const answer of answers) {
      expect([answer.statusCode, answer.json().code]).toEqual([401, 'not_signed']);
    }
    expect(await api.stored()).toBe(before);
  });

  it('gets the very same answer for an unknown tenant, an unknown supplier and a wrong signature', async () => {
    await api.database.supplier.create({ data: { tenantId: TENANT, id: 'without-secret', state: 'open' } });
    const places = [
      { secret: Buffer.alloc(32, 1) },
      { supplier: 'nobody' },
      { supplier: 'without-secret' },
      { tenant: 'nowhere' },
      { tenant: 'No%00Name' },
      { supplier: 'x'.repeat(900) },
    ];
    const answers = await Promise.all(places.map((place) => api.send(EVENT, place)));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(places.map(() => 401));
    const shown = answers.map(({ headers }) => JSON.stringify({ ...headers, 'x-request-id': '', date: '' }));
    expect(new Set(shown).size).toBe(1);
  });

  it('is refused when it was signed too long ago', async () => {
    const body = JSON.stringify(EVENT);
    const headers = api.signed(body);
    api.clock.now = NOW + seconds(301);
    try {
      const answer = await api.app.inject({ method: 'POST', url: eventsPath(), headers, payload: body });
      expect([answer.statusCode, answer.json().detail]).toEqual([401, expect.stringContaining('too old')]);
    } finally {
      api.clock.now = NOW;
    }
  });

  it('needs the secret of this supplier, not of another one', async () => {
    await api.database.supplier.create({ data: { tenantId: TENANT, id: 'rival', state: 'open' } });
    expect((await api.send(EVENT, { supplier: 'rival' })).statusCode).toBe(401);
  });
});

describe('a supplier that rotates its secret', () => {
  it('may sign with both for the overlap, then with the new one only', async () => {
    await api.database.supplier.create({ data: { tenantId: TENANT, id: 'turning', state: 'open' } });
    const rotate = async (): Promise<Buffer> =>
      parseSecret(
        await rotateSupplierSecret(api.database, api.secretsKeys, TENANT, 'turning', 3600, api.clock.now),
      );
    const old = await rotate();
    const fresh = await rotate();
    const statuses = async (): Promise<number[]> =>
      Promise.all(
        [old, fresh].map(
          async (secret) => (await api.send(EVENT, { supplier: 'turning', secret })).statusCode,
        ),
      );
    try {
      expect(await statuses()).toEqual([202, 202]);
      api.clock.now = NOW + seconds(3600);
      expect(await statuses()).toEqual([401, 202]);
    } finally {
      api.clock.now = NOW;
    }
  });
});

describe('the rate limit', () => {
  it('answers 429 with Retry-After, and counts signed requests only', async () => {
    const secret = Buffer.alloc(32, 9);
    await api.database.supplier.create({
      data: { tenantId: TENANT, id: 'fast', state: 'open', rateLimitPerMinute: 2 },
    });
    const own = parseSecret(
      await rotateSupplierSecret(api.database, api.secretsKeys, TENANT, 'fast', 0, NOW),
    );
    for (let stranger = 0; stranger < 5; stranger += 1) {
      expect((await api.send(EVENT, { supplier: 'fast', secret })).statusCode).toBe(401);
    }
    const answers = [];
    for (let request = 0; request < 3; request += 1)
      answers.push(await api.send(EVENT, { supplier: 'fast', secret: own }));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202, 429]);
    expect(answers[2]?.headers['retry-after']).toBe('30');
    expect(answers[2]?.json().code).toBe('rate_limited');
    api.clock.now = NOW + seconds(30);
    try {
      expect((await api.send(EVENT, { supplier: 'fast', secret: own })).statusCode).toBe(202);
    } finally {
      api.clock.now = NOW;
    }
  });
});

describe('what the server logs of a delivery', () => {
  it('is method, route, status, tenant and supplier, and neither body nor signature nor secret', async () => {
    api.lines.length = 0;
    await api.send({ ...EVENT, sku: 'SKU-OF-THE-LOG' }, { id: 'msg_log' });
    expect(api.lines).toMatchObject([
      {
        method: 'POST',
        route: '/v1/tenants/:tenant/suppliers/:supplier/events',
        status: 202,
        tenant: TENANT,
        supplier: SUPPLIER,
      },
    ]);
    await api.send('{}', { secret: Buffer.alloc(32, 1) });
    expect(api.lines[1]).toMatchObject({ status: 401, code: 'not_signed', tenant: TENANT });
    expect(JSON.stringify(api.lines)).not.toMatch(/SKU-OF-THE-LOG|whsec_|v1,/);
  });
});
