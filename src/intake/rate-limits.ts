import type { Micros } from '../domain/time.ts';

const MICROS_PER_MINUTE = 60_000_000;

interface Bucket {
  tokens: number;
  filledAt: Micros;
}

export interface RateLimits {
  /**
   * Takes one token of the supplier's bucket, which holds a minute's worth and fills steadily.
   *
   * @returns how many seconds to wait; 0 when the request may go on
   */
  take(supplier: string, perMinute: number | null, now: Micros): number;
}

/**
 * Token buckets in memory, so the limit holds for each server process: with N of them a supplier may get N times
 * its limit. Only call it for requests whose signature is right: a stranger could otherwise use up a supplier's
 * tokens, and the number of buckets would have no bound.
 */
export function createRateLimits(): RateLimits {
  const buckets = new Map<string, Bucket>();
  return {
    take(supplier, perMinute, now) {
      if (perMinute === null) return 0;
      const bucket = buckets.get(supplier) ?? { tokens: perMinute, filledAt: now };
      buckets.set(supplier, bucket);
      // A clock that was set back must not take tokens away, and a lowered limit holds at once.
      const elapsed = Math.max(0, Number(now - bucket.filledAt));
      bucket.tokens = Math.min(perMinute, bucket.tokens + (elapsed * perMinute) / MICROS_PER_MINUTE);
      bucket.filledAt = now;
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return 0;
      }
      return Math.ceil(((1 - bucket.tokens) * 60) / perMinute);
    },
  };
}
