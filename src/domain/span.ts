import { seconds, type Micros } from './time.ts';

const UNITS = [
  ['day', 86_400_000_000n],
  ['h', 3_600_000_000n],
  ['min', 60_000_000n],
] as const;

/** A span of time in its two greatest units: `0.25 s`, `2 min 3 s`, `3 h 2 min`, `5 days`. Its sign is left out. */
export function spanInWords(span: Micros): string {
  const positive = span < 0n ? -span : span;
  for (const [index, [name, size]] of UNITS.entries()) {
    if (positive < size) continue;
    const count = positive / size;
    const plural = name === 'day' && count > 1n ? 's' : '';
    const [nextName, nextSize] = UNITS[index + 1] ?? ['s', 1_000_000n];
    const next = (positive % size) / nextSize;
    return `${count} ${name}${plural}${next > 0n ? ` ${next} ${nextName}` : ''}`;
  }
  return exactSeconds(positive);
}

/** The same for a count of seconds that was measured: whole seconds say enough. */
export function secondsInWords(count: number): string {
  return spanInWords(seconds(Math.floor(count)));
}

/** To the microsecond, for two spans that are compared: `300.000001 s`. */
export function exactSeconds(span: Micros): string {
  return `${Number(span) / 1_000_000} s`;
}
