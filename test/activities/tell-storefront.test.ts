import { afterEach, expect, it, vi } from 'vitest';
import type { ActivityDependencies } from '../../activities/dependencies.ts';
import { tellStorefront } from '../../activities/tell-storefront.ts';
import { webhook } from '../../src/storefront/kinds/webhook.ts';

afterEach(() => vi.restoreAllMocks());

it('a kind that throws has answered nothing: it is tried again, and the log says what it threw', async () => {
  const bug = new TypeError('messages is not iterable');
  vi.spyOn(webhook, 'publish').mockRejectedValue(bug);
  const error = vi.fn<(bindings: object, text: string) => void>();
  const dependencies = {
    log: { error },
    defaultStorefront: { url: 'https://shop.example', secret: Buffer.alloc(32, 1) },
  } as unknown as ActivityDependencies;
  const message = {
    ...{ tenant: 'canary', itemId: 'canary:CHAIR', sku: 'CHAIR', version: 1, replayId: undefined },
  };
  const all = [1, 2].map((quantity) => ({ messageId: 'msg_1', message, quantity }));
  const { answers } = await tellStorefront(
    dependencies,
    { tenant: 'canary', storefront: 'shop', stored: undefined, timeoutMs: 1_000 },
    all,
  );
  const unreachable = {
    kind: 'unreachable',
    reason: "telling a storefront of kind webhook fails in the worker itself; the worker's log says why",
  };
  expect(answers).toEqual([unreachable, unreachable]);
  expect(error).toHaveBeenCalledWith(
    { error: bug, tenant: 'canary', storefront: 'shop' },
    'telling a storefront fails',
  );
});
