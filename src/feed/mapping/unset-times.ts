import { Fault, quoted } from './refusal.ts';
import { wallTime } from './wall-time.ts';
import { writeWallTime, type WrittenTime } from './written-time.ts';
import type { ZoneClock } from './zone-clock.ts';

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,30})?(?:[Zz]|[+-]\d\d:\d\d)$/;
const EXTENDED =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt]|\s+)(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,30}))?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$/i;
const BASIC = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(?:(\d\d)(?:[.,](\d{1,30}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;
const RFC_2822 =
  /^(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun),\s*)?(\d{1,2})\s+(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+(\d{4})\s+(\d\d):(\d\d)(?::(\d\d))?\s+(Z|UTC|UT|GMT|[+-]\d{4})$/i;
/** Letters, or a code of EDI, behind a date or a time. */
const NAMED_ZONE = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)? \S.*|(?: \d\d:\d\d\S*)? \p{L}+)$/u;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/**
 * RFC 3339, and what means one moment beyond it: a blank for T, `+0000`, `+00`, no seconds, a comma, the basic form.
 *
 * @param clock for times without a zone; undefined: they are faults
 * @returns undefined for a text of another form
 */
export function readIso(text: string, clock: ZoneClock | undefined): WrittenTime | undefined {
  if (RFC_3339.test(text)) return text;
  const match = EXTENDED.exec(text) ?? BASIC.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second = '00', decimals = '', zone] = match;
  if (zone !== undefined) {
    return `${year}-${month}-${day}T${hour}:${minute}:${second}${decimals === '' ? '' : `.${decimals}`}${offsetOf(zone)}`;
  }
  const wall = wallTime({ year, month, day, hour, minute, second });
  if (wall === undefined) return new Fault('bad_time', `${quoted(text)} is no date and time of the calendar`);
  if (!clock)
    return new Fault('no_zone', `${quoted(text)} has no zone: times.zone says which, such as Europe/Berlin`);
  return writeWallTime(text, { wall, decimals, hasHour: true }, clock);
}

/** `Fri, 20 Nov 2026 10:00:00 GMT`; zones by letters other than GMT's mean several. */
export function readRfc2822(text: string): WrittenTime | undefined {
  const match = RFC_2822.exec(text);
  if (!match) return undefined;
  const [, weekday, day = '', month = '', year, hour, minute, second = '00', zone = ''] = match;
  const number = String(MONTHS.indexOf(month.toLowerCase()) + 1).padStart(2, '0');
  const date = `${year}-${number}-${day.padStart(2, '0')}`;
  const named = weekday === undefined ? undefined : WEEKDAYS.indexOf(weekday.toLowerCase());
  if (named !== undefined && new Date(date).getUTCDay() !== named) {
    return new Fault('bad_time', `${quoted(text)} names a weekday that the date is not`);
  }
  return `${date}T${hour}:${minute}:${second}${offsetOf(zone)}`;
}

/** Why a text is no moment without a setting, and which one would make it one. */
export function explainTime(text: string): Fault {
  const shown = quoted(text);
  if (/^\d{4}-\d\d-\d\d$/.test(text)) {
    return new Fault(
      'no_time_of_day',
      `${shown} is a date alone: times.format: yyyy-MM-dd and times.zone take its beginning`,
    );
  }
  if (NAMED_ZONE.test(text)) {
    return new Fault(
      'bad_time',
      `${shown} names a zone that is not known, or an hour that is not there in it: times.format with its letters in quotes, and times.zone, would read it`,
    );
  }
  const format = /^\d+$/.test(text) ? compactFormat(text) : undefined;
  if (format === 'yyyyMMdd') {
    return new Fault(
      'no_time_of_day',
      `${shown} is a date alone: times.format: ${format} and times.zone take its beginning`,
    );
  }
  if (format !== undefined) {
    return new Fault('no_zone', `${shown} has no zone: times.format: ${format} and times.zone would read it`);
  }
  if (/^\d+([.,]\d+)?$/.test(text)) {
    const name = text.split(/[.,]/)[0]?.length === 13 ? 'epochMillis' : 'epoch';
    return new Fault(
      'epoch_time',
      `${shown} is a number: times.format: ${name} would read it, if it counts from 1970`,
    );
  }
  if (/^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b/.test(text)) {
    const wanted =
      'times.format says which is the day and which the month, such as dd/MM/yyyy HH:mm, and times.zone the zone';
    return new Fault('ambiguous_time', `${shown} may mean several days: ${wanted}`);
  }
  return new Fault('bad_time', `${shown} is no time that is read without times.format`);
}

/** Of digits alone that look like a date of this century or the last. */
function compactFormat(text: string): string | undefined {
  if (
    !/^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?)?$/.test(
      text,
    )
  ) {
    return undefined;
  }
  return 'yyyyMMddHHmmss'.slice(0, text.length);
}

function offsetOf(zone: string): string {
  if (/^[a-z]/i.test(zone)) return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone.slice(0, 1)}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
