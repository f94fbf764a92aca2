import { describe, expect, test } from 'vitest';
import { createAskedToWait } from '../../activities/asked-to-wait.ts';
import { createBegunAttempts } from '../../activities/begun-attempts.ts';
import { createFirstAttempts } from '../../activities/first-attempts.ts';
import { createStorefrontBreaker } from '../../activities/storefront-breaker.ts';

const EVENT = { tenant: 'canary', seq: '7', itemId: 'canary:A' };
const START = { verdict: 'overtaken' } as const;

function setUp(places = 2) {
  const clock = { now: 0 };
  const now = () => clock.now;
  const firstAttempts = createFirstAttempts({ places, now });
  const breaker = createStorefrontBreaker({ now });
  const asked = createAskedToWait(now);
  const begun = createBegunAttempts({ breaker, asked, firstAttempts }, now);
  const hasPlace = () => firstAttempts.allowed('storefronts of canary');
  return { clock, breaker, asked, begun, hasPlace };
}

describe('what a save began', () => {
  test('is taken once, by the publish of that version, with its place', () => {
    const { begun, hasPlace } = setUp();
    begun.prepare(EVENT)?.hand(3, START);
    expect(hasPlace()).toBe(false);
    expect(begun.take('7', 2)).toBeUndefined();
    const taken = begun.take('7', 3);
    expect(taken?.start).toBe(START);
    expect(begun.take('7', 3)).toBeUndefined();
    taken?.end();
    expect(hasPlace()).toBe(true);
  });

  test('is not good any more after two seconds, and gives its place back', () => {
    const { begun, clock, hasPlace } = setUp();
    begun.prepare(EVENT)?.hand(3, START);
    clock.now = 2_000;
    expect(begun.take('7', 3)).toBeUndefined();
    expect(hasPlace()).toBe(true);
  });

  test('is replaced when the save runs again', () => {
    const { begun, clock, hasPlace } = setUp(4);
    begun.prepare(EVENT)?.hand(3, START);
    begun.prepare(EVENT)?.hand();
    expect(begun.take('7', 3)).toBeUndefined();
    clock.now = 5_000;
    for (let no = 0; no < 2; no += 1) begun.prepare({ ...EVENT, seq: String(no) })?.hand(1, START);
    expect(hasPlace()).toBe(false);
  });
});

describe('a save', () => {
  test('begins nothing where no first attempt is worth making', () => {
    const { begun } = setUp(1);
    begun.prepare(EVENT)?.hand(3, START);
    expect(begun.prepare({ ...EVENT, seq: '8' })).toBeUndefined();
  });

  test('leaves alone who rests, or asked to wait', () => {
    const { begun, breaker, asked } = setUp();
    for (const item of ['a', 'b', 'c', 'd', 'e']) breaker.failed('canary', 'shop', item, 'no answer');
    asked.note(EVENT, 'cache', 1_000);
    expect(begun.prepare(EVENT)?.failed).toEqual(['shop', 'cache']);
  });
});
