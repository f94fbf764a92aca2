import type { Verdict } from './signals.ts';

/** What a signal's value is held against: below a limit (the limit itself misses), or exactly all. */
export type Bound = { below: number } | { exactly: number };

/**
 * Judges a value. No value, too few to say and a value that is not a number are `inconclusive`, never a pass.
 *
 * @param measured.value null: nothing could be measured
 * @param measured.of how many the value was taken from
 * @param atLeast fewer than so many say nothing
 */
export function judge(
  measured: { value: number | null; of: number },
  bound: Bound,
  atLeast: number,
): Verdict {
  const { value, of } = measured;
  if (value === null || !Number.isFinite(value) || of < atLeast) return 'inconclusive';
  return misses(value, bound) ? 'miss' : 'pass';
}

/** Whether a value lies outside its bound, however few it was taken from; no value is none that does. */
export function misses(value: number | null, bound: Bound): boolean {
  if (value === null || !Number.isFinite(value)) return false;
  return 'below' in bound ? value >= bound.below : value !== bound.exactly;
}

/** The worst: a miss before an inconclusive one; of nothing, inconclusive. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('miss')) return 'miss';
  return verdicts.length === 0 || verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
}

/** A sample older than this says nothing any more, in µs. */
export const SAMPLE_VALID_US = 150_000_000n;

/** A value as people read it: `0.31 %`, `12.4 s`, `no data`. A value that misses is never rounded into its target. */
export function valueText(value: number | null, unit: 'fraction' | 'seconds'): string {
  if (value === null || !Number.isFinite(value)) return 'no data';
  if (unit === 'seconds') return `${cut(value, 1)} s`;
  const percent = value * 100;
  return `${cut(percent, percent > 0 && percent < 0.01 ? 4 : 2)} %`;
}

/** Cut, not rounded: 99.996 % is not 100.00 %, and 0.996 % is not 1.00 %. */
function cut(value: number, decimals: number): string {
  const scale = 10 ** decimals;
  // The tiny addend mends what the multiplication loses: 0.29 * 100 is 28.999….
  return (Math.floor(value * scale + 1e-9) / scale).toFixed(decimals);
}
