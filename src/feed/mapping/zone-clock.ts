import type { Zone } from 'luxon';

const MILLIS_PER_MINUTE = 60_000;
const MILLIS_PER_DAY = 86_400_000;
const MOST_KEPT = 10_000;

/** What the clock on the wall of a zone shows, as a moment: both in ms since 1970, the wall's as if it hung in UTC. */
export interface ZoneClock {
  /**
   * The moment. Of an hour that the clock shows twice, the earlier one, as RFC 5545 (3.3.5) has it: no figure becomes later
   * than it was. Undefined where the clock skips the time.
   */
  momentOf: (wall: number) => number | undefined;
  /** The same, but for a skipped time the moment to which the clock skips. */
  beginningAt: (wall: number) => number;
}

/** Asking a zone for its offset takes longer than all else about a row; a file's times lie close together. */
export function zoneClock(zone: Zone): ZoneClock {
  const kept = new Map<number, number | undefined>();
  const momentOf = (wall: number): number | undefined => {
    const minute = Math.floor(wall / MILLIS_PER_MINUTE);
    if (!kept.has(minute)) {
      if (kept.size >= MOST_KEPT) kept.clear();
      kept.set(minute, offsetAtWall(zone, wall));
    }
    const offset = kept.get(minute);
    return offset === undefined ? undefined : wall - offset;
  };
  return {
    momentOf,
    beginningAt: (wall) => momentOf(wall) ?? wall - offsetAt(zone, wall - MILLIS_PER_DAY),
  };
}

function offsetAtWall(zone: Zone, wall: number): number | undefined {
  const around = [offsetAt(zone, wall - MILLIS_PER_DAY), offsetAt(zone, wall + MILLIS_PER_DAY)];
  // The greater offset is the earlier moment.
  return around.toSorted((a, b) => b - a).find((offset) => offsetAt(zone, wall - offset) === offset);
}

function offsetAt(zone: Zone, moment: number): number {
  return Math.round(zone.offset(moment) * MILLIS_PER_MINUTE);
}
