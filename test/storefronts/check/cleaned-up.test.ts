import { expect, test } from 'vitest';
import { kept, type StorefrontPromise } from '../../../src/storefronts/check/promise.ts';
import type { CheckTarget } from '../../../src/storefronts/check/checked-storefront.ts';
import { runPromises } from '../../../src/storefronts/check/run-promises.ts';

const TARGET = {
  name: 'shop',
  tenant: 'canary',
  nowSeconds: 0,
  storefront: {},
  kind: {},
} as unknown as CheckTarget;

function promises(second: () => Promise<never>) {
  const tried: string[] = [];
  const promise = (id: string, more: Partial<StorefrontPromise> = {}): StorefrontPromise => ({
    ...{ id, name: id, why: '', todo: '' },
    try: () => {
      tried.push(id);
      return Promise.resolve(kept('well'));
    },
    ...more,
  });
  const all = [
    promise('changes'),
    promise('breaks', { try: second }),
    promise('puts back', { always: true }),
  ];
  return { tried, all: [...all, promise('further')] };
}

test('what puts an item back is tried though the check ends in an error', async () => {
  const { tried, all } = promises(() => Promise.reject(new TypeError('a bug')));
  const run = async () => {
    for await (const { promise } of runPromises(all, TARGET)) expect(promise.id).toBe('changes');
  };
  await expect(run()).rejects.toThrow('a bug');
  expect(tried).toEqual(['changes', 'puts back']);
});

test('what puts an item back is tried though nobody listens any more', async () => {
  const { tried, all } = promises(() => Promise.reject(new TypeError('never')));
  for await (const result of runPromises(all, TARGET)) if (result.promise.id === 'changes') break;
  expect(tried).toEqual(['changes', 'puts back']);
});
