import { expect, it } from 'vitest';
import { webhook } from '../../../src/storefront/kinds/webhook.ts';
import { serve } from '../http-stub.ts';

const messages = ['A', 'B'].map((sku) => ({
  ...{ id: `msg_${sku}`, item: { itemId: `shop:${sku}`, tenant: 'shop', sku, version: 1, quantity: 7 } },
}));
const good = Buffer.alloc(32, 1);
const short = Buffer.from('too short');

it.each([
  ['a secret', { secret: short }, {}],
  ['a secret', { secret: short }, { itemsPerCall: 50 }],
  ['a secret before', { secret: good, secretBefore: short }, {}],
])('%s that cannot be signed with is no reason to throw, and says what to do', async (_, secrets, limits) => {
  let calls = 0;
  const url = await serve((_request, response) => {
    calls += 1;
    response.end('{"accepted": true}');
  });
  const answer = {
    kind: 'unreachable',
    reason:
      'a signing secret holds 24 to 64 bytes, this one 9: give the storefront a new one by `catalog-sync storefront rotate-secret` with `--overlap 0`',
  };
  const told = webhook.publish({ url, config: {}, ...secrets, limits }, { messages, timeoutMs: 5_000 });
  expect(await told).toEqual([answer, answer]);
  expect(calls).toBe(0);
});
