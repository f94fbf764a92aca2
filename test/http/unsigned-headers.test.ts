import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOOPBACK } from '../../src/config/address-ranges.ts';
import { SAYING_WHY } from '../support/saying-why.ts';
import { addSender, CERTIFICATE_HEADER, SENDERS } from '../support/schemes.ts';
import { eventsPath, NOW, startApi, SUPPLIER, TENANT, type Api } from './api.ts';

/** The same deliveries come to both: to `attacked` first with other headers, to `spared` as they were sent. */
let attacked: Api;
let spared: Api;

beforeAll(async () => {
  const proxied = { limits: { trustedProxies: LOOPBACK }, certificateHeader: CERTIFICATE_HEADER };
  [attacked, spared] = await Promise.all([startApi(proxied), startApi(proxied)]);
  for (const { database, secretsKeys } of [attacked, spared]) {
    for (const sender of SENDERS) await addSender(database, secretsKeys, TENANT, sender);
  }
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

const OTHER_TYPES = ['application/vnd.acme+json', 'text/json; charset=UTF-8', 'Application/JSON'] as const;

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
  fc.tuple(fc.constant('content-type'), fc.oneof(fc.constantFrom(...TYPES, ...OTHER_TYPES), value)),
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
      ...['x-shopify-webhook-id', 'x-shopify-topic', 'x-github-delivery', 'x-github-event', 'webhook-id'],
    ),
    value,
  ),
  fc.tuple(fc.stringMatching(/^x-[a-z]{1,12}$/), value),
);

const rowsOf = async ({ database }: Api): Promise<unknown> => {
  const rows = await database.supplierEvent.findMany({
    orderBy: [{ supplierId: 'asc' }, { eventId: 'asc' }],
  });
  return rows.map(({ eventId, sku, quantity, updatedAtUs, workflowId }) => {
    return { eventId, sku, quantity, updatedAtUs, workflowId };
  });
};

interface Party {
  supplier: string;
  /** As it proves itself to one of the two; a message has the same id there and here. */
  proof: (to: Api, body: string, id: string) => Record<string, string>;
}

const PARTIES: readonly Party[] = [
  {
    supplier: SUPPLIER,
    proof: (to, body, id) => {
      const { 'content-type': _type, ...signed } = to.signed(body, { id });
      return signed;
    },
  },
  ...SENDERS.map(({ supplier, sign }) => ({ supplier, proof: (_: Api, body: string) => sign(body, NOW) })),
];

function post(to: Api, supplier: string, payload: string, headers: Record<string, string | undefined>) {
  const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const url = eventsPath({ supplier });
  return to.app.inject({ method: 'POST', url, headers: Object.fromEntries(given), payload });
}

describe.each(PARTIES)(
  'whoever has seen a request of $supplier and sends it again with other headers',
  (party) => {
    const { supplier } = party;

    it('makes no other event of it, and has no later one refused', async () => {
      let number = 0;
      await fc.assert(
        fc.asyncProperty(
          delivery,
          fc.array(change, { minLength: 1, maxLength: 6 }),
          async (sent, changes) => {
            number += 1;
            const body = JSON.stringify(sent.body);
            const proofFor = (to: Api) => party.proof(to, body, `msg-${number}`);
            const honest = { 'content-type': sent.type, ...sent.headers };
            const forged = { ...honest, ...Object.fromEntries(changes), ...proofFor(attacked) };
            const first = await post(attacked, supplier, body, forged);
            expect([202, 400, 409, 415, 421, 422]).toContain(first.statusCode);
            const [there, here] = [
              await post(attacked, supplier, body, { ...honest, ...proofFor(attacked) }),
              await post(spared, supplier, body, { ...honest, ...proofFor(spared) }),
            ];
            expect(there.statusCode).toBe(here.statusCode);
            expect(await rowsOf(attacked)).toEqual(await rowsOf(spared));
          },
        ),
        { numRuns: supplier === SUPPLIER ? 300 : 60, ...SAYING_WHY },
      );
    });
  },
);

describe('whoever has seen a signed request', () => {
  it('cannot take the id of an event to come', async () => {
    const event = { sku: 'CHAIR-01', quantity: 1, updatedAt: '2026-06-01T09:59:00Z' };
    const captured = { id: 'msg-seen', headers: { ...BINARY, 'ce-id': 'NEXT' } };
    expect((await attacked.send(event, captured)).statusCode).toBe(202);
    const next = { ...event, quantity: 7 };
    const later = await attacked.send(next, { id: 'msg-next', headers: { ...BINARY, 'ce-id': 'NEXT' } });
    expect([later.statusCode, later.json().results]).toMatchObject([202, [{ status: 'accepted' }]]);
  });
});
