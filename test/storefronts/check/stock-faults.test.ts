import { describe, expect, it } from 'vitest';
import type { CheckTarget } from '../../../src/storefronts/check/checked-storefront.ts';
import { promisesOf } from '../../../src/storefronts/check/promises.ts';
import { runPromises, type PromiseResult } from '../../../src/storefronts/check/run-promises.ts';
import { idsOf } from './check-webhook.ts';
import { SKU, STOCK_KINDS, stockShop, type Misdeeds, type StockShop } from './stock-shops.ts';

/** Answers with a status, and nothing else. */
const says =
  (status: number, headers = {}, when: (call: Parameters<NonNullable<Misdeeds['answers']>>[0]) => boolean) =>
  (...[call, response]: Parameters<NonNullable<Misdeeds['answers']>>) => {
    if (!when(call)) return false;
    response.writeHead(status, headers).end('{}');
    return true;
  };

/** Not the first time, by which is seen whether it can be read at all. */
function unknownTheSecondTime(): Misdeeds['answers'] {
  let reads = 0;
  return says(500, {}, ({ skus }) => /probe-unknown/.test(skus.join()) && (reads += 1) > 1);
}

function everySecondWrite(): Misdeeds['answers'] {
  let writes = 0;
  return says(429, { 'retry-after': '0' }, ({ does }) => does === 'write' && (writes += 1) % 2 === 1);
}

/** What a shop does wrong, by which promises that is found, and nothing else; and words of the first. */
const FAULTS: Record<
  string,
  { misdeeds: () => Misdeeds; found: string[]; foundInShopify?: string[]; words: RegExp }
> = {
  'lets anybody in': {
    misdeeds: () => ({ letsAnybodyIn: true }),
    found: ['refuses-other-secrets'],
    words: /^it was read with another secret$/,
  },
  'lets nobody in': {
    misdeeds: () => ({ answers: says(403, {}, () => true) }),
    found: ['lets-us-in'],
    words: /set .*`secret`|`secret`: set another/,
  },
  'has no rights to write': {
    misdeeds: () => ({ answers: says(403, {}, ({ does }) => does === 'write') }),
    found: ['shows-at-once'],
    words: /set .*`secret`|`secret`: set another/,
  },
  'adds to its stock': {
    misdeeds: () => ({ takesQuantity: (told, was) => told + was }),
    found: ['shows-at-once', 'is-put-back'],
    words: /^it has \d+ in version 1, and was told 2$/,
  },
  'takes no 0': {
    misdeeds: () => ({ takesQuantity: (told, was) => (told === 0 ? was : told) }),
    found: ['shows-the-next'],
    words: /^it has 3 in version \d+, and was told 0$/,
  },
  'shows old stock': {
    misdeeds: () => ({ showsQuantity: () => 5 }),
    found: ['shows-at-once'],
    words: /^it has 5 in version 1, and was told 2$/,
  },
  'keeps no version': {
    misdeeds: () => ({ takesVersion: (_, was) => was }),
    found: ['keeps-version'],
    words: /and was told version 5$/,
  },
  'forgets a version that was shown once': {
    misdeeds: () => ({ showsVersion: (kept, reads) => (reads > 1 ? null : kept) }),
    found: ['keeps-highest'],
    // Who compares what was read with what is there, in the write itself, is not taken in.
    foundInShopify: ['takes-again'],
    words: /^the page went from|^a lower version was taken after a higher one/,
  },
  'changes its stock by itself': {
    misdeeds: () => ({ showsQuantity: (kept, reads) => (reads > 2 ? kept + 1 : kept) }),
    found: ['keeps-highest', 'takes-again'],
    words: /the page went from \d+ in version 5 to/,
  },
  'fails for a SKU that it does not have': {
    misdeeds: () => ({ answers: unknownTheSecondTime() }),
    found: ['rejects-unknown'],
    words: /^it could not be told: .*HTTP 500/,
  },
  'fails for a full call': {
    misdeeds: () => ({ answers: says(500, {}, ({ skus }) => skus.length > 5) }),
    found: ['takes-several-in-a-call'],
    words: /HTTP 500/,
  },
  'throttles us': {
    misdeeds: () => ({ answers: everySecondWrite() }),
    found: ['bears-its-limits'],
    words: /^\d of its answers asked to be left alone$/,
  },
  'fails to write': {
    misdeeds: () => ({ answers: says(503, {}, ({ does }) => does === 'write') }),
    found: ['shows-at-once'],
    words: /^it could not be told: .*HTTP 503/,
  },
  'never answers a write': {
    misdeeds: () => ({ answers: ({ does }) => does === 'write' }),
    found: ['shows-at-once'],
    words: /no answer within 400 ms/,
  },
};

/** What giving up on a call stands on. */
const GIVEN_UP_ON = [
  ...['lets-us-in', 'has-the-item', 'shows-at-once', 'keeps-version', 'survives-impatience', 'is-put-back'],
];

async function check(
  { kind, storefront }: StockShop,
  {
    ids,
    after,
    ...over
  }: Partial<CheckTarget> & { ids?: readonly string[]; after?: (id: string) => void } = {},
) {
  const promises = promisesOf('vendure').filter(({ id }) => ids?.includes(id) ?? true);
  const results: PromiseResult[] = [];
  const target = {
    ...{ name: 'shop', tenant: 'canary', kind, storefront, sku: SKU, nowSeconds: 0, slowMs: 10_000 },
    ...over,
  };
  for await (const result of runPromises(promises, target)) {
    results.push(result);
    after?.(result.promise.id);
  }
  return results;
}

describe.each(STOCK_KINDS)('a check of a shop of kind %s', (name) => {
  it('finds nothing where there is nothing, however often, and leaves the item as it was', async () => {
    const shop = await stockShop(name);
    for (let checks = 0; checks < 2; checks += 1) {
      const results = await check(shop);
      expect(results.filter(({ status }) => status === 'failed')).toEqual([]);
      expect(idsOf(results, 'skipped')).toEqual(['shows-published']);
      expect(shop.kept).toEqual({ quantity: 5, version: 0 });
    }
    shop.kept.version = 7;
    await check(shop);
    expect(shop.kept).toEqual({ quantity: 5, version: 7 });
  });

  it.each(Object.keys(FAULTS))('finds that it %s', async (fault) => {
    const { misdeeds, found, foundInShopify = found, words } = FAULTS[fault] ?? {};
    const shop = await stockShop(name, misdeeds?.());
    const results = await check(shop, { answerWithinMs: 400 });
    // When a call is given up on, and so what that is seen by, is another time on each machine.
    const failed = idsOf(results, 'failed').filter((id) => id !== 'survives-impatience');
    expect(failed).toEqual(name === 'shopify' ? foundInShopify : found);
    expect(results.find(({ status }) => status === 'failed')?.detail).toMatch(words ?? /^$/);
    for (const { status, todo } of results) expect(todo !== undefined).toBe(status === 'failed');
  });

  it('finds that it is slow, and what it does to a call that was given up on', async () => {
    const slow = await check(await stockShop(name, { answersAfterMs: 30 }), { slowMs: 40 });
    expect(idsOf(slow, 'failed')).toEqual(['answers-in-time']);

    const misdeeds: Misdeeds = { answersAfterMs: 50 };
    const odd = await stockShop(name, misdeeds);
    const results = await check(odd, {
      ...{ answerWithinMs: 1_000, ids: GIVEN_UP_ON },
      after: (id) => {
        if (id !== 'keeps-version') return;
        // The next call has no answer, and is done in a way of the shop's own.
        misdeeds.answers = () => {
          misdeeds.answers = undefined;
          misdeeds.showsVersion = () => 900;
          return true;
        };
      },
    });
    expect(idsOf(results, 'failed')).toEqual(['survives-impatience', 'is-put-back']);
  });

  it('says that it has not the item, or cannot be told of it; nothing is written then', async () => {
    const shop = await stockShop(name);
    const results = await check(shop, { sku: 'nobody' });
    expect(idsOf(results, 'failed')).toEqual(['has-the-item']);
    expect(idsOf(results, 'ok')).toEqual([
      ...['lets-us-in', 'refuses-other-secrets', 'rejects-unknown', 'answers-in-time'],
    ]);
    expect(shop.kept).toEqual({ quantity: 5, version: null });
  });

  it('that is stopped puts back what was there, and tries nothing else', async () => {
    const shop = await stockShop(name);
    const stop = new AbortController();
    const results = await check(shop, {
      signal: stop.signal,
      after: (id) => {
        if (id === 'shows-at-once') stop.abort();
      },
    });
    expect(idsOf(results, 'ok').slice(-2)).toEqual(['shows-at-once', 'is-put-back']);
    expect(shop.kept).toEqual({ quantity: 5, version: 0 });
  });
});
