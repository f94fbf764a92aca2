import { DateTime, type ExplainedFormat, type Zone } from 'luxon';
import { inspectFormat } from '../definition/time-format.ts';
import { Fault, quoted } from './refusal.ts';
import { wallTime } from './wall-time.ts';
import { writeWallTime, type WrittenTime } from './written-time.ts';
import { zoneClock, type ZoneClock } from './zone-clock.ts';

/**
 * Luxon's parser tells the fields it found, which its types leave out: only so the decimals beyond a millisecond and the
 * text's own zone are known, and a time that the zone's clock skips or shows twice.
 */
interface ExplainingParser {
  explainFromTokens: (text: string) => ExplainedFormat;
}

const MOST_CLOCKS = 100;
const ownClocks = new Map<string, ZoneClock>();

type Fields = Readonly<Record<string, unknown>>;

type FormatReader = (text: string) => WrittenTime | undefined;

/**
 * Reads by Luxon's tokens.
 *
 * @param clock of `times.zone`; needed where the format names no zone
 */
export function compileFormat(format: string, locale: string, clock: ZoneClock | undefined): FormatReader {
  const inspected = inspectFormat(format);
  if (!inspected.ok) throw new RangeError(`the format ${quoted(format)} ${inspected.fault}`);
  const { hasHour } = inspected.parts;
  const parser = DateTime.buildFormatParser(format, { locale }) as unknown as ExplainingParser;
  return (text) => {
    const { result, zone, matches } = parser.explainFromTokens(text);
    if (!result || Object.keys(result).length === 0) return undefined;
    const wall = isPlain(result) ? wallTime(result) : wallOfLuxon(result);
    if (wall === undefined)
      return new Fault('bad_time', `${quoted(text)} is no date and time of the calendar`);
    const decimals = decimalsOf(matches ?? {});
    const own = zone ? clockOf(zone) : clock;
    if (zone && !own) return new Fault('bad_time', `${quoted(text)} names no zone that is known`);
    if (!own)
      return new Fault(
        'no_zone',
        `${quoted(text)} has no zone: times.zone says which, such as Europe/Berlin`,
      );
    return writeWallTime(text, { wall, decimals, hasHour }, own);
  };
}

/** Of a zone that stands in the text. */
function clockOf(zone: Zone): ZoneClock | undefined {
  if (!zone.isValid || Math.abs(zone.offset(0)) >= 24 * 60) return undefined;
  const kept = ownClocks.get(zone.name);
  if (kept) return kept;
  if (ownClocks.size >= MOST_CLOCKS) ownClocks.clear();
  const clock = zoneClock(zone);
  ownClocks.set(zone.name, clock);
  return clock;
}

/** Weeks, days of the year and weekdays are Luxon's to judge; it takes as long as all else together. */
function isPlain(fields: Fields): boolean {
  return fields['day'] !== undefined && fields['weekday'] === undefined;
}

function wallOfLuxon(fields: Fields): number | undefined {
  const wall = DateTime.fromObject({ ...fields, millisecond: 0 }, { zone: 'utc' });
  return wall.isValid ? wall.toMillis() : undefined;
}

function decimalsOf({ u: decimals, S: millis }: Fields): string {
  if (typeof decimals === 'string') return decimals;
  return typeof millis === 'number' && millis > 0 ? String(millis).padStart(3, '0') : '';
}
