import type { Micros } from '../domain/time.ts';

/** A bucket's level is counted so finely that each µs adds `perMinute` to it: whole numbers, no rounding. */
const ONE_TOKEN = 60_000_000;

interface Bucket {
  level: number;
  filledAt: Micros;
}

export interface RateLimits {
  /**
   * Takes one token of the supplier's bucket, which holds a minute's worth and fills steadily.
   *
   * @param perMinute null or 0: without a limit
   * @returns how many seconds to wait; 0 when the request may go on
   */
  take(supplier: string, perMinute: number | null, now: Micros): number;
}

/**
 * Token buckets in memory, so the limit holds for each server process: with N of them a supplier may get N times
 * its limit. Only call it for requests whose signature is right: a stranger could otherwise use up a supplier's
 * tokens. Where strangers choose the names, as with addresses, give `most`.
 *
 * @param options.most so many buckets are kept, those that were asked for last; one that is forgotten is full again
 */
export function createRateLimits({ most = Infinity }: { most?: number } = {}): RateLimits {
  const buckets = new Map<string, Bucket>();
  return {
    take(supplier, perMinute, now) {
      if (perMinute === null || perMinute === 0) return 0;
      const full = perMinute * ONE_TOKEN;
      const bucket = buckets.get(supplier) ?? { level: full, filledAt: now };
      buckets.delete(supplier);
      buckets.set(supplier, bucket);
      if (buckets.size > most) for (const oldest of buckets.keys()) if (buckets.delete(oldest)) break;
      // A clock that was set back must not empty the bucket, and a lowered limit holds at once.
      const elapsed = Math.max(0, Number(now - bucket.filledAt));
      bucket.level = Math.min(full, bucket.level + elapsed * perMinute);
      bucket.filledAt = now;
      if (bucket.level >= ONE_TOKEN) {
        bucket.level -= ONE_TOKEN;
        return 0;
      }
      return Math.ceil((ONE_TOKEN - bucket.level) / perMinute / 1_000_000);
    },
  };
}
