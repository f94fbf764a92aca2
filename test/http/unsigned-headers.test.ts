import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SAYING_WHY } from '../support/saying-why.ts';
import { startApi, type Api } from './api.ts';

/** The same deliveries come to both: to `attacked` first with other headers, to `spared` as they were sent. */
let attacked: Api;
let spared: Api;

beforeAll(async () => {
  [attacked, spared] = await Promise.all([startApi(), startApi()]);
  spared.signed = (body, options) => attacked.signed(body, options);
});
afterAll(() => Promise.all([attacked?.close(), spared?.close()]));

const BINARY = {
  'ce-specversion': '1.0',
  'ce-id': 'A-1',
  'ce-source': '/eu',
  'ce-type': 'inventory.updated',
};

const TYPES = [
  'application/json',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
] as const;

const content = fc.record(
  {
    id: fc.constantFrom('e-1', '/eu A-1'),
    sku: fc.constantFrom('CHAIR-01', 'LAMP-02'),
    quantity: fc.nat(9),
    updatedAt: fc.constant('2026-06-01T09:59:00Z'),
  },
  { requiredKeys: ['sku', 'quantity', 'updatedAt'] },
);
const cloudEvent = content.map((data) => ({
  specversion: '1.0',
  id: 'A-1',
  source: '/eu',
  type: 'inventory.updated',
  data,
}));
const delivery = fc.oneof(
  fc.record({ type: fc.constant(TYPES[0]), body: content, headers: fc.constantFrom({}, BINARY) }),
  fc.record({ type: fc.constant(TYPES[0]), body: fc.tuple(content), headers: fc.constant({}) }),
  fc.record({ type: fc.constant(TYPES[1]), body: cloudEvent, headers: fc.constant({}) }),
  fc.record({ type: fc.constant(TYPES[2]), body: fc.tuple(cloudEvent), headers: fc.constant({}) }),
);

const value = fc.oneof(
  fc.constantFrom(
    'A-1',
    'B-2',
    '/eu',
    '/us',
    '1.0',
    'inventory.updated',
    'order.created',
    'application/json',
    '',
  ),
  fc.stringMatching(/^[!-~]{0,20}$/),
);
/** A header that is taken away, changed or added. Those that are signed, or carry the signature, are left alone. */
const change = fc.oneof(
  fc.tuple(fc.constant('content-type'), fc.oneof(fc.constantFrom(...TYPES), value)),
  fc.tuple(fc.constantFrom(...Object.keys(BINARY)), fc.option(value, { nil: undefined })),
  fc.tuple(
    fc.constantFrom(
      ...[
        'ce-subject',
        'ce-time',
        'ce-datacontenttype',
        'ce-webhookid',
        'content-encoding',
        'accept',
        'host',
      ],
      ...[
        'authorization',
        'cookie',
        'origin',
        'idempotency-key',
        'x-csrf-token',
        'x-forwarded-for',
        'forwarded',
      ],
      ...['x-http-method-override', 'x-original-url', 'traceparent', 'svix-id', 'user-agent', 'te', 'prefer'],
    ),
    value,
  ),
  fc.tuple(fc.stringMatching(/^x-[a-z]{1,12}$/), value),
);

const rowsOf = async ({ database }: Api): Promise<unknown> => {
  const rows = await database.supplierEvent.findMany({ orderBy: { eventId: 'asc' } });
  return rows.map(({ eventId, sku, quantity, updatedAtUs, workflowId }) => {
    return { eventId, sku, quantity, updatedAtUs, workflowId };
  });
};

describe('whoever has seen a signed request and sends it again with other headers', () => {
  it('makes no other event of it, and has no later one refused', async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(delivery, fc.array(change, { minLength: 1, maxLength: 6 }), async (sent, changes) => {
        number += 1;
        const honest = { type: sent.type, id: `msg-${number}`, headers: sent.headers };
        const body = JSON.stringify(sent.body);
        const forged = { ...honest, headers: { ...sent.headers, ...Object.fromEntries(changes) } };
        const first = await attacked.send(body, forged);
        expect([202, 400, 409, 415, 421, 422]).toContain(first.statusCode);
        const [there, here] = [await attacked.send(body, honest), await spared.send(body, honest)];
        expect(there.statusCode).toBe(here.statusCode);
        expect(await rowsOf(attacked)).toEqual(await rowsOf(spared));
      }),
      { numRuns: 300, ...SAYING_WHY },
    );
  });

  it('cannot take the id of an event to come', async () => {
    const event = { sku: 'CHAIR-01', quantity: 1, updatedAt: '2026-06-01T09:59:00Z' };
    const captured = { id: 'msg-seen', headers: { ...BINARY, 'ce-id': 'NEXT' } };
    expect((await attacked.send(event, captured)).statusCode).toBe(202);
    const next = { ...event, quantity: 7 };
    const later = await attacked.send(next, { id: 'msg-next', headers: { ...BINARY, 'ce-id': 'NEXT' } });
    expect([later.statusCode, later.json().results]).toMatchObject([202, [{ status: 'accepted' }]]);
  });
});
