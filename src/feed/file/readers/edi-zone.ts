import { IANAZone } from 'luxon';
import { zoneClock, type ZoneClock } from '../../mapping/zone-clock.ts';

/** An offset as RFC 3339 has it, or the clocks of a place; empty: the message leaves it to whoever reads it. */
export type EdiZone = string | ZoneClock;

/** By codes of its standard; undefined: it is not known, and may be any. */
export type EdiZones = (code: string) => EdiZone | undefined;

/** Codes 01 to 12 of X12 lie east of UTC; 13 to 24 west of it, from the farthest to the nearest; then half hours. */
const HALF_HOURS = ['-02:30', '-03:30', '+05:30', '+09:30', '+10:30'];

/** Of standard time and of daylight time; and where the clocks hang that go by both. */
const PLACES_OF_X12: Readonly<Record<string, [standard: string, daylight: string, place: string]>> = {
  E: ['-05:00', '-04:00', 'America/New_York'],
  C: ['-06:00', '-05:00', 'America/Chicago'],
  M: ['-07:00', '-06:00', 'America/Denver'],
  P: ['-08:00', '-07:00', 'America/Los_Angeles'],
  A: ['-09:00', '-08:00', 'America/Anchorage'],
  H: ['-10:00', '-09:00', 'Pacific/Honolulu'],
  N: ['-03:30', '-02:30', 'America/St_Johns'],
  T: ['-04:00', '-03:00', 'America/Halifax'],
};

const X12: ReadonlyMap<string, EdiZone> = new Map([
  ['UT', 'Z'],
  ['GM', 'Z'],
  ['LT', ''],
  ...Array.from({ length: 24 }, (_, index): [string, string] => [
    twoDigits(index + 1),
    index < 12 ? `+${twoDigits(index + 1)}:00` : `-${twoDigits(24 - index)}:00`,
  ]),
  ...HALF_HOURS.map((offset, index): [string, string] => [String(25 + index), offset]),
  ...Object.entries(PLACES_OF_X12).flatMap(([letter, [standard, daylight, place]]): [string, EdiZone][] => [
    [`${letter}S`, standard],
    [`${letter}D`, daylight],
    [`${letter}T`, zoneClock(IANAZone.create(place))],
  ]),
]);

/** Letters that mean one zone wherever they are written; EST, PST and CST mean several. */
const LETTERS: ReadonlyMap<string, string> = new Map([
  ...['Z', 'UT', 'UTC', 'GMT', 'WET'].map((letters): [string, string] => [letters, 'Z']),
  ...['CET', 'MEZ', 'WEST'].map((letters): [string, string] => [letters, '+01:00']),
  ...['CEST', 'MESZ', 'EET'].map((letters): [string, string] => [letters, '+02:00']),
  ['EEST', '+03:00'],
]);

const OFFSET = /^([+-]\d\d):?(\d\d)?$/;

/** Time codes of X12 (element 623). */
export const x12Zone: EdiZones = (code) => (code === '' ? '' : X12.get(code));

/** Of EDIFACT (formats 205 and 301 to 304 of 2379): an offset in hours, or in hours and minutes; or letters. */
export const edifactZone: EdiZones = (code) => {
  if (code === '') return '';
  const [, hours, minutes = '00'] = OFFSET.exec(code) ?? [];
  return hours === undefined ? LETTERS.get(code) : `${hours}:${minutes}`;
};

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
