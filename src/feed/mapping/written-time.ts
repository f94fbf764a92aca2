import { Fault, quoted } from './refusal.ts';
import type { ZoneClock } from './zone-clock.ts';

/** A moment as RFC 3339, for the schema of events to judge. */
export type WrittenTime = string | Fault;

const FIRST = -62_135_596_800_000; // 0001-01-01T00:00:00Z
const LAST = 253_402_300_799_000; // 9999-12-31T23:59:59Z

/** What a program's clock shows that was never set. */
const ZEROS: ReadonlySet<number> = new Set([0, FIRST]);

/**
 * @param millis whole seconds, in ms since 1970
 * @param decimals of the second, as they stand
 */
export function writeTime(text: string, millis: number, decimals: string): WrittenTime {
  if (!(millis >= FIRST && millis <= LAST)) {
    return new Fault('bad_time', `${quoted(text)} is outside the years 0001 to 9999 in UTC`);
  }
  const seconds = new Date(millis).toISOString().slice(0, 19);
  return decimals === '' ? `${seconds}Z` : `${seconds}.${decimals}Z`;
}

/** @param wall what a clock on the wall shows, in ms as if it hung in UTC: whole seconds */
export function writeWallTime(
  text: string,
  { wall, decimals, hasHour }: { wall: number; decimals: string; hasHour: boolean },
  clock: ZoneClock,
): WrittenTime {
  if (ZEROS.has(wall)) return zeroTime(text);
  const moment = hasHour ? clock.momentOf(wall) : clock.beginningAt(wall);
  if (moment === undefined) {
    return new Fault(
      'skipped_hour',
      `${quoted(text)} is no time in times.zone: the clock is put forward over it, so the zone may be wrong`,
    );
  }
  return writeTime(text, moment, decimals);
}

export function zeroTime(text: string): Fault {
  return new Fault('zero_time', `${quoted(text)} is the zero of a program's clock, and no time`);
}
