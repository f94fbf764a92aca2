import type { LookupAddress } from 'node:dns';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createOutgoing } from '../../src/outgoing/outgoing.ts';
import { FAILURE_HOLDS_MS, shareLookUps } from '../../src/outgoing/share-look-ups.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const PUBLIC = [{ address: '1.1.1.1', family: 4 }];
const WITHIN = [{ address: '127.0.0.1', family: 4 }];

/** Each look-up waits until the test answers it. */
function asked() {
  const waiting: { hostname: string; answer: (addresses: LookupAddress[]) => void; fail: () => void }[] = [];
  const resolve = shareLookUps(
    (hostname) =>
      new Promise((answer, reject) => {
        waiting.push({ hostname, answer, fail: () => reject(new Error(`${hostname} is silent`)) });
      }),
  );
  return { waiting, resolve };
}

it('whoever asks for the same name meanwhile gets the same answer, and other names do not wait', async () => {
  const { waiting, resolve } = asked();
  const both = [resolve('dead.example.com'), resolve('dead.example.com')];
  const other = resolve('shop.example.com');
  expect(waiting.map(({ hostname }) => hostname)).toEqual(['dead.example.com', 'shop.example.com']);
  waiting[1]?.answer(PUBLIC);
  expect(await other).toBe(PUBLIC);
  waiting[0]?.answer(WITHIN);
  expect(await Promise.all(both)).toEqual([WITHIN, WITHIN]);
});

it('an answer is not kept: what a name leads to is looked up for each connection', async () => {
  const { waiting, resolve } = asked();
  const outgoing = createOutgoing([], resolve);
  const check = () => outgoing.check(new URL('https://shop.example.com/'));
  const before = check();
  waiting[0]?.answer(PUBLIC);
  expect(await before).toBeUndefined();
  const after = check();
  waiting[1]?.answer(WITHIN);
  expect((await after)?.message).toMatch(/leads to 127\.0\.0\.1/);
});

it('a failure is the answer for some seconds, and then the name is looked up again', async () => {
  const { waiting, resolve } = asked();
  const first = resolve('dead.example.com');
  waiting[0]?.fail();
  await expect(first).rejects.toThrow('dead.example.com is silent');
  await vi.advanceTimersByTimeAsync(FAILURE_HOLDS_MS - 1);
  await expect(resolve('dead.example.com')).rejects.toThrow('dead.example.com is silent');
  await vi.advanceTimersByTimeAsync(1);
  const again = resolve('dead.example.com');
  expect(waiting).toHaveLength(2);
  waiting[1]?.answer(PUBLIC);
  expect(await again).toBe(PUBLIC);
});
