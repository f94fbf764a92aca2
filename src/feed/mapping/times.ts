import { IANAZone } from 'luxon';
import type { TimeSettings } from '../definition/values-schema.ts';
import { readEpoch, readEpochMillis } from './epoch-times.ts';
import { compileFormat } from './format-times.ts';
import { Fault, quoted } from './refusal.ts';
import { serialDate } from './serial-date.ts';
import { explainTime, readIso, readRfc2822 } from './unset-times.ts';
import type { WrittenTime } from './written-time.ts';
import { zoneClock, type ZoneClock } from './zone-clock.ts';

export type TimeReader = (text: string) => WrittenTime;

type OneFormat = (text: string) => WrittenTime | undefined;

/**
 * Reads what a column of times holds, as RFC 3339. A time in RFC 3339 stays as it was sent.
 *
 * @throws RangeError for a format or zone that the schema refuses
 */
export function compileTimes(settings: Pick<TimeSettings, 'format' | 'zone' | 'locale'>): TimeReader {
  const clock = settings.zone === undefined ? undefined : zoneClock(zoneOf(settings.zone));
  const { format: formats } = settings;
  const readers: OneFormat[] = formats
    ? formats.map((format) => readerOf(format, settings.locale ?? 'en', clock))
    : [(text) => readIso(text, clock), readRfc2822];
  return remembering((text) => {
    let fault: Fault | undefined;
    for (const read of readers) {
      const time = read(text);
      if (typeof time === 'string') return time;
      fault ??= time;
    }
    return fault ?? serialDate(text) ?? (formats ? notAs(text, formats) : explainTime(text));
  });
}

/** Reads dates of a spreadsheet, which stand in their column in one form, and name no zone. */
export function compileDates({ format, zone }: Pick<TimeSettings, 'format' | 'zone'>): TimeReader {
  return compileTimes({ format: format && ['iso', 'yyyy-MM-dd'], zone });
}

function readerOf(format: string, locale: string, clock: ZoneClock | undefined): OneFormat {
  switch (format) {
    case 'iso':
      return (text) => readIso(text, clock);
    case 'rfc2822':
      return readRfc2822;
    case 'epoch':
      return readEpoch;
    case 'epochMillis':
      return readEpochMillis;
    default:
      return compileFormat(format, locale, clock);
  }
}

function notAs(text: string, formats: readonly string[]): Fault {
  return new Fault('bad_time', `${quoted(text)} is not as times.format says: ${formats.join(' or ')}`);
}

/** Most files repeat one time from row to row. */
function remembering(read: TimeReader): TimeReader {
  let last: { text: string; time: WrittenTime } | undefined;
  return (text) => {
    if (last?.text === text) return last.time;
    last = { text, time: read(text) };
    return last.time;
  };
}

function zoneOf(name: string): IANAZone {
  const zone = IANAZone.create(name);
  if (!zone.isValid) throw new RangeError(`there is no time zone ${name}`);
  return zone;
}
