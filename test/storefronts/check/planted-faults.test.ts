import { describe, expect, it, onTestFinished } from 'vitest';
import { randomBytes } from 'node:crypto';
import { checkWebhook, idsOf } from './check-webhook.ts';
import { faultyReceiver, FAULTS, SLOW, type Fault } from './faulty-receiver.ts';

/** By which promises each fault is found, and nothing else. */
const FOUND_BY: Record<Fault, string[]> = {
  'takes any signature': ['refuses-other-secrets', 'refuses-altered-bodies', 'refuses-old-messages'],
  'takes what is not signed': ['refuses-unsigned'],
  'ignores the timestamp': ['refuses-old-messages'],
  'knows the first signature only': ['takes-second-signature'],
  'takes lower versions': ['keeps-highest'],
  'answers without the body of the contract': ['takes-messages'],
  'pages come from a cache': ['shows-the-next'],
  'pages say no version': ['shows-at-once'],
  'rejects a webhook-id that it has seen': ['takes-again'],
  'knows no ids with odd characters': ['odd-ids'],
  'is slow': ['answers-in-time'],
  'fails when two messages cross': ['takes-several-at-once'],
  'knows every item': ['unknown-is-404'],
  'refuses unknown fields': ['ignores-unknown-fields'],
  'shows a 0 as no item': ['takes-any-quantity'],
  'lists in the order of arrival': ['lists-items'],
  'answers for the first of several only': ['takes-several-in-a-call'],
  'gives all of a call the answer of the last': ['takes-several-in-a-call'],
};

/** Those that only show where a call holds several items. */
const OF_SEVERAL = new Set<Fault>([
  'answers for the first of several only',
  'gives all of a call the answer of the last',
]);

const SEVERAL = { limits: { itemsPerCall: 50, callsAtOnce: 4 } };

async function receiver(fault?: Fault) {
  const made = await faultyReceiver(fault);
  onTestFinished(() => made.close());
  return made;
}

describe('a check of a webhook', () => {
  it.each(FAULTS)('finds that a receiver %s', async (fault) => {
    const slowMs = fault === 'is slow' ? SLOW.mostMs : 10_000;
    for (const limits of OF_SEVERAL.has(fault) ? [SEVERAL] : [{}, SEVERAL]) {
      const results = await checkWebhook({ ...(await receiver(fault)), ...limits }, { slowMs });
      expect(idsOf(results, 'failed')).toEqual(FOUND_BY[fault]);
      for (const { status, todo } of results) expect(todo !== undefined).toBe(status === 'failed');
    }
  });

  it('finds nothing where there is nothing, however often, and while the secret changes', async () => {
    const sound = await receiver();
    const nowSeconds = Date.now() / 1000;
    for (let checks = 0; checks < 3; checks += 1) {
      const results = await checkWebhook(sound, { nowSeconds });
      expect(idsOf(results, 'failed')).toEqual([]);
      expect(idsOf(results, 'skipped')).toEqual(['takes-several-in-a-call', 'shows-published']);
    }
    const inBatches = await checkWebhook({ ...sound, ...SEVERAL }, { nowSeconds });
    expect(idsOf(inBatches, 'failed')).toEqual([]);
    expect(idsOf(inBatches, 'skipped')).toEqual(['shows-published']);
    const secrets = { secret: randomBytes(32), secretBefore: sound.secret };
    expect(idsOf(await checkWebhook({ ...sound, ...secrets }, { nowSeconds }), 'failed')).toEqual([]);
    // It was told of two items, neither of which can be one of the catalog.
    expect([...sound.shelf.keys()].filter((itemId) => itemId === itemId.toUpperCase())).toEqual([]);
    expect(sound.shelf.size).toBe(2);
  });

  it('says of one that is away, or fails, just that', async () => {
    const secret = randomBytes(32);
    const away = await checkWebhook({ url: 'http://127.0.0.1:1', secret });
    expect(away[0]).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('no answer of the contract: the connection failed'),
      todo: expect.stringContaining('See that it runs'),
    });
    expect(idsOf(away, 'failed')).toEqual(['takes-messages', 'unknown-is-404', 'lists-items']);
  });
});
