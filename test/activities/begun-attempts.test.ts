import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createAskedToWait } from '../../activities/asked-to-wait.ts';
import { createBegunAttempts } from '../../activities/begun-attempts.ts';
import { createFirstAttempts } from '../../activities/first-attempts.ts';
import { createStorefrontBreaker } from '../../activities/storefront-breaker.ts';
import type { AttemptToSend } from '../../src/ledger/publish-attempt.ts';

const EVENT = { tenant: 'canary', seq: '7', itemId: 'canary:A' };
const START: AttemptToSend = {
  ...{ verdict: 'send', attemptId: 1n, messageId: 'msg', quantity: 3, storefront: 'shop' },
  ...{ stored: undefined, several: false },
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(places = 2) {
  const clock = { now: 0 };
  const now = () => clock.now;
  const firstAttempts = createFirstAttempts({ places, now });
  const breaker = createStorefrontBreaker({ now });
  const asked = createAskedToWait(now);
  const dropped: AttemptToSend[] = [];
  const drop = (attempt: AttemptToSend) => void dropped.push(attempt);
  const begun = createBegunAttempts({ breaker, asked, firstAttempts, drop }, now);
  const hasPlace = () => firstAttempts.allowed('storefronts of canary');
  const rest = () => {
    for (const item of ['a', 'b', 'c', 'd', 'e']) breaker.failed('canary', 'shop', item, 'no answer');
  };
  return { clock, asked, begun, hasPlace, dropped, rest };
}

describe('what a save began', () => {
  test('is taken once, by the publish of that version, with its place', () => {
    const { begun, hasPlace, dropped } = setUp();
    begun.prepare(EVENT)?.hand(3, START);
    expect(hasPlace()).toBe(false);
    const taken = begun.take(EVENT, 3);
    expect(taken?.start).toBe(START);
    expect(begun.take(EVENT, 3)).toBeUndefined();
    taken?.end();
    expect(hasPlace()).toBe(true);
    vi.advanceTimersByTime(10_000);
    expect(dropped).toEqual([]);
  });

  test('is dropped after two seconds, and gives its place back', () => {
    const { begun, hasPlace, dropped } = setUp();
    begun.prepare(EVENT)?.hand(3, START);
    vi.advanceTimersByTime(2_000);
    expect(dropped).toEqual([START]);
    expect(hasPlace()).toBe(true);
    expect(begun.take(EVENT, 3)).toBeUndefined();
  });

  test('is dropped where another version is to be told, where its storefront rests by now, and where the save was late', () => {
    const { begun, clock, dropped, hasPlace, rest } = setUp();
    begun.prepare(EVENT)?.hand(3, START);
    expect(begun.take(EVENT, 4)).toBeUndefined();
    const late = begun.prepare(EVENT);
    clock.now = 3_501;
    late?.hand(3, START);
    expect(begun.take(EVENT, 3)).toBeUndefined();
    begun.prepare(EVENT)?.hand(3, START);
    rest();
    expect(begun.take(EVENT, 3)).toBeUndefined();
    expect(dropped).toEqual([START, START, START]);
    expect(hasPlace()).toBe(true);
  });

  test('is replaced when the save runs again', () => {
    const { begun, dropped } = setUp(4);
    begun.prepare(EVENT)?.hand(3, START);
    begun.prepare(EVENT)?.hand();
    expect(begun.take(EVENT, 3)).toBeUndefined();
    expect(dropped).toEqual([START]);
  });
});

describe('a save', () => {
  test('begins nothing where no first attempt is worth making', () => {
    const { begun } = setUp(1);
    begun.prepare(EVENT)?.hand(3, START);
    expect(begun.prepare({ ...EVENT, seq: '8' })).toBeUndefined();
  });

  test('leaves alone who rests, or asked to wait', () => {
    const { begun, asked, rest } = setUp();
    rest();
    asked.note(EVENT, 'cache', 1_000);
    expect(begun.prepare(EVENT)?.failed).toEqual(['shop', 'cache']);
  });
});
