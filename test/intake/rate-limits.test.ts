import { describe, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { createRateLimits } from '../../src/intake/rate-limits.ts';

const NOON = 1_780_308_000_000_000n;

describe('the rate limit of a supplier', () => {
  it('lets a minute’s worth through at once, then one for each part of the minute', () => {
    const limits = createRateLimits();
    for (let count = 0; count < 6; count += 1) expect(limits.take('a/s', 6, NOON)).toBe(0);
    expect(limits.take('a/s', 6, NOON)).toBe(10);
    expect(limits.take('a/s', 6, NOON + seconds(7))).toBe(3);
    expect(limits.take('a/s', 6, NOON + seconds(10))).toBe(0);
    expect(limits.take('a/s', 6, NOON + seconds(10))).toBe(10);
  });

  it('is each supplier’s own, and none where none is set', () => {
    const limits = createRateLimits();
    expect(limits.take('a/s', 1, NOON)).toBe(0);
    expect(limits.take('a/s', 1, NOON)).toBe(60);
    expect(limits.take('a/t', 1, NOON)).toBe(0);
    for (let count = 0; count < 1000; count += 1) expect(limits.take('a/s', null, NOON)).toBe(0);
  });

  it('never saves up more than a minute’s worth', () => {
    const limits = createRateLimits();
    expect(limits.take('a/s', 2, NOON)).toBe(0);
    const later = NOON + seconds(86_400);
    expect([limits.take('a/s', 2, later), limits.take('a/s', 2, later)]).toEqual([0, 0]);
    expect(limits.take('a/s', 2, later)).toBe(30);
  });

  it('survives a clock that is set back', () => {
    const limits = createRateLimits();
    expect(limits.take('a/s', 1, NOON)).toBe(0);
    expect(limits.take('a/s', 1, NOON - seconds(3600))).toBe(60);
    expect(limits.take('a/s', 1, NOON - seconds(3540))).toBe(0);
  });

  it('follows a limit that was changed', () => {
    const limits = createRateLimits();
    expect(limits.take('a/s', 100, NOON)).toBe(0);
    expect(limits.take('a/s', 1, NOON)).toBe(0);
    expect(limits.take('a/s', 1, NOON)).toBe(60);
  });
});
