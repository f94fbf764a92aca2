import * as fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import type { Calendar } from '../../src/domain/calendar.ts';
import { advanceWatch, type Watch } from '../../src/domain/gate-watch.ts';
import { parseTime, type Micros } from '../../src/domain/time.ts';
import { parseCalendar } from '../../src/flags/calendar.ts';
import { isWorkingTime, workingTime } from '../../src/gate/working-time.ts';

const office = parseCalendar({ days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00', holidays: ['2026-12-25'] });
const always = parseCalendar({ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00', holidays: [] });
const UNWATCHED: Watch = {
  number: 1,
  beganAt: 0n,
  watched: 0n,
  sampledAt: null,
  verdict: null,
  lastMiss: null,
};
const BERLIN = 'Europe/Berlin';
const NEW_YORK = 'America/New_York';

function at(text: string): Micros {
  const parsed = parseTime(text);
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.at;
}

const hours = (calendar: Calendar, zone: string, from: string, to: string): number =>
  Number(workingTime(calendar, zone, at(from), at(to))) / 3_600_000_000;

describe('working time', () => {
  it('counts to the microsecond within a working day, and nothing outside of its hours', () => {
    const noon = at('2026-06-02T10:00:00Z');
    expect(workingTime(office, BERLIN, noon, noon + 1n)).toBe(1n);
    expect(hours(office, BERLIN, '2026-06-02T05:00:00Z', '2026-06-02T08:30:00Z')).toBe(1.5);
    expect(hours(office, BERLIN, '2026-06-02T15:00:00Z', '2026-06-03T07:00:00Z')).toBe(0);
    expect(workingTime(office, BERLIN, noon, noon)).toBe(0n);
    expect(workingTime(office, BERLIN, noon, noon - 5n)).toBe(0n);
  });

  it('leaves out the weekend and holidays, by the days of the zone', () => {
    expect(hours(office, BERLIN, '2026-06-05T14:00:00Z', '2026-06-08T08:00:00Z')).toBe(2);
    expect(hours(office, 'UTC', '2026-12-24T16:00:00Z', '2026-12-28T10:00:00Z')).toBe(2);
    // 23:00 UTC on Sunday is Monday 08:00 in Tokyo.
    expect(hours(office, 'Asia/Tokyo', '2026-06-07T23:00:00Z', '2026-06-08T01:00:00Z')).toBe(1);
  });

  it.each([
    ['spring, Berlin', BERLIN, '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', 23],
    ['autumn, Berlin', BERLIN, '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 25],
    ['spring, New York', NEW_YORK, '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z', 23],
    ['autumn, New York', NEW_YORK, '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z', 25],
    ['half an hour, Lord Howe', 'Australia/Lord_Howe', '2026-04-04T13:00:00Z', '2026-04-05T13:30:00Z', 24.5],
  ])('of a whole day on which the clock changes (%s) is as long as the day', (_, zone, from, to, length) => {
    expect(hours(always, zone, from, to)).toBe(length);
  });

  it('keeps to the clock on the wall on both sides of a change', () => {
    // Friday before and Monday after the change: 09:00 to 17:00 is another time in UTC.
    expect(hours(office, BERLIN, '2026-03-27T00:00:00Z', '2026-03-28T00:00:00Z')).toBe(8);
    expect(isWorkingTime(office, BERLIN, at('2026-03-27T07:59:59.999999Z'))).toBe(false);
    expect(isWorkingTime(office, BERLIN, at('2026-03-27T08:00:00Z'))).toBe(true);
    expect(isWorkingTime(office, BERLIN, at('2026-03-30T06:59:59.999999Z'))).toBe(false);
    expect(isWorkingTime(office, BERLIN, at('2026-03-30T07:00:00Z'))).toBe(true);
    expect(isWorkingTime(office, BERLIN, at('2026-03-30T15:00:00Z'))).toBe(false);
  });

  it('begins at the change when its first hour is left out, and counts an hour that is shown twice', () => {
    const night = parseCalendar({ days: [7], from: '02:30', to: '06:00', holidays: [] });
    expect(hours(night, BERLIN, '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z')).toBe(3);
    const twice = parseCalendar({ days: [7], from: '02:00', to: '03:00', holidays: [] });
    expect(hours(twice, BERLIN, '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z')).toBe(2);
    expect(hours(twice, BERLIN, '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z')).toBe(0);
  });

  it('is the same in one piece or in many, and what luxon counts minute by minute', () => {
    const first = Math.floor(Date.UTC(2026, 0, 1) / 60_000);
    fc.assert(
      fc.property(
        fc.constantFrom(BERLIN, NEW_YORK, 'UTC', 'Asia/Kolkata', 'Australia/Lord_Howe'),
        fc.constantFrom(office, always),
        fc.integer({ min: 0, max: 360 * 1440 }),
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 0, max: 2000 }),
        (zone, calendar, start, length, cut) => {
          const minute = (count: number): Micros => BigInt(first + start + count) * 60_000_000n;
          const whole = workingTime(calendar, zone, minute(0), minute(length));
          const middle = Math.min(cut, length);
          expect(
            workingTime(calendar, zone, minute(0), minute(middle)) +
              workingTime(calendar, zone, minute(middle), minute(length)),
          ).toBe(whole);
          let counted = 0n;
          for (let count = 0; count < length; count += 1) {
            const local = DateTime.fromMillis((first + start + count) * 60_000, { zone });
            const ofDay = local.hour * 60 + local.minute;
            const works =
              calendar.days.includes(local.weekday) &&
              !calendar.holidays.includes(local.toISODate() ?? '') &&
              ofDay >= calendar.fromMinute &&
              ofDay < calendar.toMinute;
            if (works) counted += 60_000_000n;
          }
          expect(whole).toBe(counted);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is what a watch counts, minute by minute, over a weekend on which the clock changes', () => {
    let watch: Watch = { ...UNWATCHED };
    // From Friday 16:58 to Monday 09:02 on the wall in Berlin: one hour less than the days have.
    const friday = at('2026-03-27T15:58:00Z');
    for (let minute = 0n; minute <= 63n * 60n + 4n; minute += 1n) {
      const sample = { at: friday + minute * 60_000_000n, verdict: 'pass' as const, miss: null };
      watch = advanceWatch(watch, sample, (from, to) => workingTime(office, BERLIN, from, to));
    }
    expect(watch.sampledAt).toBe(at('2026-03-30T07:02:00Z'));
    expect(watch.watched).toBe(4n * 60_000_000n);
  });

  it('refuses an unknown zone and a calendar that makes no sense', () => {
    expect(() => workingTime(office, 'Mars/Olympus', 0n, 1n)).toThrow(/no time zone/);
    for (const wrong of [
      { days: [], from: '09:00', to: '17:00', holidays: [] },
      { days: [8], from: '09:00', to: '17:00', holidays: [] },
      { days: [1], from: '17:00', to: '09:00', holidays: [] },
      { days: [1], from: '09:00', to: '24:30', holidays: [] },
      { days: [1], from: '9:00', to: '17:00', holidays: [] },
      { days: [1], from: '09:00', to: '17:00', holidays: ['2026-02-30'] },
      null,
    ]) {
      expect(() => parseCalendar(wrong)).toThrow(/calendar cannot be read/);
    }
  });
});
