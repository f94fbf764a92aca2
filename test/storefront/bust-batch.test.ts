import { describe, expect, it } from 'vitest';
import { verifyMessage } from '../../src/standard-webhooks/verify-message.ts';
import { webhook } from '../../src/storefront/kinds/webhook.ts';
import type { KindMessage, Limits } from '../../src/storefront/kinds/kind.ts';
import { bodyOf, serve } from './http-stub.ts';

const secret = Buffer.alloc(32, 9);

function messageOf(sku: string, version = 3): KindMessage {
  const item = { itemId: `canary:${sku}`, tenant: 'canary', sku, version, quantity: 7 };
  return { id: `msg_${sku}_${version}`, item };
}

const [chair, table, lamp] = [messageOf('CHAIR'), messageOf('TABLE'), messageOf('LAMP')];

function tell(url: string, messages: KindMessage[], limits: Limits = { itemsPerCall: 50 }) {
  return webhook.publish({ url, config: {}, secret, limits }, { messages, timeoutMs: 5_000 });
}

function answering(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return serve((_request, response) => void response.writeHead(status, headers).end(text));
}

/** A storefront that says yes, and what it was sent. */
async function recorded() {
  const calls: { id: string; isSigned: boolean; item: unknown; body: Record<string, unknown> }[] = [];
  const url = await serve(async (request, response) => {
    const bytes = await bodyOf(request);
    const nowSeconds = Date.now() / 1000;
    const { ok } = verifyMessage({ headers: request.headers, body: bytes, secrets: [secret], nowSeconds });
    const body = JSON.parse(String(bytes)) as { items?: { itemId: string }[] };
    const item = request.headers['x-catalog-item'];
    calls.push({ id: String(request.headers['webhook-id']), isSigned: ok, item, body });
    const results = body.items?.map(({ itemId }) => ({ itemId, accepted: true }));
    response.end(JSON.stringify(results ? { results } : { accepted: true }));
  });
  return { url, calls };
}

describe('several items in one call', () => {
  it('are one signed message, each with its own id', async () => {
    const { url, calls } = await recorded();
    const answers = await tell(url, [table, chair]);
    expect(answers).toEqual([accepted(), accepted()]);
    expect(calls).toMatchObject([{ isSigned: true, item: undefined }]);
    expect(calls[0]?.body).toEqual({
      items: [chair, table].map(({ id, item }) => ({ id, ...item })),
    });
  });

  it('have the same webhook-id and bytes in any order, and another one with any other item', async () => {
    const { url, calls } = await recorded();
    for (const messages of [
      [chair, table],
      [table, chair],
      [chair],
      [chair, lamp],
      [messageOf('CHAIR', 4), table],
    ])
      await tell(url, messages);
    const [first, turned, ...others] = calls;
    expect(turned).toEqual(first);
    const ids = calls.map(({ id }) => id);
    expect(new Set(ids).size).toBe(calls.length - 1);
    for (const id of ids) expect(id).toMatch(/^batch_[\w-]{43}$/);
    expect(others).toHaveLength(3);
  });

  it('are the form of one item too, where a call may hold several', async () => {
    const { url, calls } = await recorded();
    expect(await tell(url, [chair])).toEqual([accepted()]);
    expect(await tell(url, [chair], { itemsPerCall: 1 })).toEqual([accepted()]);
    expect(await tell(url, [chair], {})).toEqual([accepted()]);
    expect(calls.map(({ body }) => 'items' in body)).toEqual([true, false, false]);
    expect(calls.slice(1).map(({ id }) => id)).toEqual([chair.id, chair.id]);
  });

  it('are told apart in the answer, in whatever order it has them', async () => {
    const url = await answering(200, {
      results: [
        { itemId: 'canary:LAMP', accepted: true, reason: 'superseded', node: 4 },
        { itemId: 'canary:OTHER', accepted: true },
        { itemId: 'canary:CHAIR', accepted: true, reason: null },
        { itemId: 'canary:TABLE', accepted: false, reason: 'no such\u0000 SKU' },
      ],
    });
    expect(await tell(url, [chair, table, lamp])).toEqual([
      accepted(),
      { kind: 'rejected', reason: 'no such SKU', httpStatus: 200 },
      { ...accepted(), reason: 'superseded' },
    ]);
  });

  it.each([
    ['no result', []],
    ['a result without a yes or no', [{ itemId: 'canary:TABLE', accepted: 'true' }]],
    ['a result of no item', [null, 5, { accepted: true }]],
    [
      'two results',
      [
        { itemId: 'canary:TABLE', accepted: true },
        { itemId: 'canary:TABLE', accepted: false },
      ],
    ],
  ])('are told again for themselves: one with %s', async (_what, results) => {
    const url = await answering(200, { results: [{ itemId: 'canary:CHAIR', accepted: true }, ...results] });
    expect(await tell(url, [chair, table])).toEqual([
      accepted(),
      {
        kind: 'unreachable',
        reason: 'HTTP 200 without one result {"itemId", "accepted"} of this item',
        httpStatus: 200,
      },
    ]);
  });

  it.each([
    [
      200,
      '{"accepted": true}',
      'HTTP 200 without {"results": […]}: does this storefront take several items in a call?',
    ],
    [200, 'OK', 'HTTP 200 without {"results": […]}: does this storefront take several items in a call?'],
    [422, '{"accepted": false, "reason": "itemId is missing"}', 'HTTP 422: itemId is missing'],
    [413, '', 'HTTP 413: Payload Too Large'],
    [503, '', 'HTTP 503: Service Unavailable'],
    [307, '', 'HTTP 307: redirects are not followed'],
  ])(
    'are all told again after HTTP %i %j: no status says no to each of them',
    async (status, body, reason) => {
      const answer = { kind: 'unreachable', reason, httpStatus: status };
      expect(await tell(await answering(status, body), [chair, table])).toEqual([answer, answer]);
    },
  );

  it('all wait when the storefront asks for it, or is away', async () => {
    const busy = await tell(await answering(429, '', { 'retry-after': '7' }), [chair, table]);
    expect(busy).toMatchObject([{ retryAfterMs: 7_000 }, { retryAfterMs: 7_000 }]);
    const away = await tell('http://127.0.0.1:1', [chair, table]);
    expect(away).toMatchObject([{ kind: 'unreachable' }, { kind: 'unreachable' }]);
    expect(away[0]).not.toHaveProperty('httpStatus');
  });

  it('may be as many as the kind says, with the longest reasons', async () => {
    const many = Array.from({ length: webhook.mostItems }, (_, no) =>
      messageOf(`SKU-${no}-${'x'.repeat(240)}`),
    );
    const url = await serve(async (request, response) => {
      const { items } = JSON.parse(String(await bodyOf(request))) as { items: { itemId: string }[] };
      const results = items.map(({ itemId }) => ({ itemId, accepted: true, reason: 'y'.repeat(300) }));
      response.end(JSON.stringify({ results }));
    });
    const answers = await tell(url, many, { itemsPerCall: webhook.mostItems });
    expect(answers.filter(({ kind }) => kind === 'accepted')).toHaveLength(500);
  });
});

function accepted() {
  return { kind: 'accepted', httpStatus: 200, latencyMs: expect.any(Number) as number };
}
