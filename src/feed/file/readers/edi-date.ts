import { wallTime } from '../../mapping/wall-time.ts';
import type { EdiZones } from './edi-zone.ts';

/** How a message names the zone of a time. */
export interface WrittenZone {
  code: string;
  zones: EdiZones;
}

/**
 * A date of EDI (CCYYMMDD or YYMMDD, and HHMM or HHMMSS with decimals) as in RFC 3339; without an offset where it names no
 * zone, and with the code itself where that says no offset, which then reads as no time. Undefined when it is no date.
 */
export function ediDate(date: string, time = '', zone?: WrittenZone): string | undefined {
  const day = /^(\d\d)?(\d\d)(\d\d)(\d\d)$/.exec(date);
  if (!day) return undefined;
  const [, century = '20', year, month, dayOfMonth] = day;
  const whole = `${century}${year}-${month}-${dayOfMonth}`;
  if (time === '') return zone && zone.code !== '' ? `${whole} ${zone.code}` : whole;
  const clock = /^(\d\d)(\d\d)(\d\d)?(\d{1,2})?$/.exec(time);
  if (!clock) return undefined;
  const [, hour, minute, second = '00', decimals] = clock;
  const text = `${whole}T${hour}:${minute}:${second}${decimals === undefined ? '' : `.${decimals}`}`;
  if (!zone) return text;
  const found = zone.zones(zone.code);
  if (typeof found === 'string') return `${text}${found}`;
  const wall = wallTime({ year: `${century}${year}`, month, day: dayOfMonth, hour, minute, second });
  const moment = wall === undefined ? undefined : found?.momentOf(wall);
  if (moment === undefined) return `${text} ${zone.code}`;
  return new Date(moment).toISOString().replace('.000', decimals === undefined ? '' : `.${decimals}`);
}
