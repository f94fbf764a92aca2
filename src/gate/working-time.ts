import { IANAZone } from 'luxon';
import type { Calendar } from '../domain/calendar.ts';
import type { Micros } from '../domain/time.ts';

const MILLIS_PER_MINUTE = 60_000;
const MILLIS_PER_DAY = 86_400_000;
/** Between two moments so close, no zone changes its clock twice. */
const HOP_MILLIS = MILLIS_PER_DAY / 2;

/**
 * The working time between two moments, in µs: the time in which the clock on the wall of the zone shows a working
 * hour of a working day. An hour that the wall's clock leaves out in spring is no time at all; one that it shows twice
 * in autumn counts twice.
 *
 * @param from at or after `to`: nothing
 * @throws RangeError for an unknown zone
 */
export function workingTime(calendar: Calendar, zoneName: string, from: Micros, to: Micros): Micros {
  const zone = zoneOf(zoneName);
  let total = 0n;
  let at = from;
  while (at < to) {
    const millis = Number(at / 1000n);
    const offset = offsetMillis(zone, millis);
    let end = Math.min(Number(to / 1000n), millis + HOP_MILLIS);
    if (offsetMillis(zone, end) !== offset) end = changeBetween(zone, millis, end);
    const next = end <= millis || end >= Number(to / 1000n) ? to : BigInt(end) * 1000n;
    total += workingTimeAtOffset(calendar, BigInt(offset) * 1000n, at, next);
    at = next;
  }
  return total;
}

/** Whether it is working time. @throws RangeError for an unknown zone */
export function isWorkingTime(calendar: Calendar, zoneName: string, at: Micros): boolean {
  return workingTime(calendar, zoneName, at, at + 1n) > 0n;
}

function workingTimeAtOffset(calendar: Calendar, offset: Micros, from: Micros, to: Micros): Micros {
  const day = BigInt(MILLIS_PER_DAY) * 1000n;
  const minute = BigInt(MILLIS_PER_MINUTE) * 1000n;
  const [first, last] = [from + offset, to + offset];
  let total = 0n;
  for (let midnight = first - (((first % day) + day) % day); midnight < last; midnight += day) {
    if (!isWorkingDay(calendar, midnight)) continue;
    const begin = max(first, midnight + BigInt(calendar.fromMinute) * minute);
    const end = min(last, midnight + BigInt(calendar.toMinute) * minute);
    if (end > begin) total += end - begin;
  }
  return total;
}

/** @param midnight of the day on the wall, as if the wall were in UTC */
function isWorkingDay(calendar: Calendar, midnight: Micros): boolean {
  const date = new Date(Number(midnight / 1000n));
  const weekday = date.getUTCDay() === 0 ? 7 : date.getUTCDay();
  return calendar.days.includes(weekday) && !calendar.holidays.includes(date.toISOString().slice(0, 10));
}

/** The first millisecond of the later offset; both ends have different ones. */
function changeBetween(zone: IANAZone, before: number, after: number): number {
  const offset = offsetMillis(zone, before);
  let [low, high] = [before, after];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMillis(zone, middle) === offset) low = middle;
    else high = middle;
  }
  return high;
}

function offsetMillis(zone: IANAZone, millis: number): number {
  return Math.round(zone.offset(millis) * MILLIS_PER_MINUTE);
}

function zoneOf(name: string): IANAZone {
  const zone = IANAZone.create(name);
  if (!zone.isValid) throw new RangeError(`there is no time zone ${name}`);
  return zone;
}

function max(a: Micros, b: Micros): Micros {
  return a > b ? a : b;
}

function min(a: Micros, b: Micros): Micros {
  return a < b ? a : b;
}
