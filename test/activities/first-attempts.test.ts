import { describe, expect, it } from 'vitest';
import { createFirstAttempts } from '../../activities/first-attempts.ts';

function attempts() {
  const clock = { ms: 0 };
  return {
    clock,
    first: createFirstAttempts({ failures: 3, restMs: 1_000, places: 6, now: () => clock.ms }),
  };
}

describe('first attempts', () => {
  it('rest after several failures in a row, and not after failures with a success between them', () => {
    const { first } = attempts();
    for (const how of ['failed', 'failed', 'succeeded', 'failed', 'failed'] as const) first[how]('shop');
    expect(first.allowed('shop')).toBe(true);
    first.failed('shop');
    expect(first.allowed('shop')).toBe(false);
    expect(first.allowed('another shop')).toBe(true);
  });

  it('are made one at a time after the rest, until one succeeds', () => {
    const { first, clock } = attempts();
    for (let no = 0; no < 3; no += 1) first.failed('shop');
    clock.ms = 1_000;
    expect(first.allowed('shop')).toBe(true);
    const end = first.begin('shop');
    expect(first.allowed('shop')).toBe(false);
    first.failed('shop');
    end();
    expect(first.allowed('shop')).toBe(false);
    clock.ms = 2_000;
    const endSecond = first.begin('shop');
    first.succeeded('shop');
    expect(first.allowed('shop')).toBe(true);
    endSecond();
    expect(first.allowed('shop')).toBe(true);
  });

  it('leave places to others: one slow target takes half of them, two a third each', () => {
    const { first } = attempts();
    const ends: (() => void)[] = [];
    const takeAll = (shop: string): void => {
      while (first.allowed(shop)) ends.push(first.begin(shop));
    };
    takeAll('shop');
    expect(ends).toHaveLength(3);
    takeAll('another shop');
    expect(ends).toHaveLength(5);
    expect(first.allowed('a third shop')).toBe(true);
    for (const end of ends) end();
    ends.length = 0;
    takeAll('another shop');
    expect(ends).toHaveLength(3);
  });
});
