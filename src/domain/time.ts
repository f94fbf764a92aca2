/** A moment as whole microseconds since 1970-01-01T00:00:00Z. Compared as an integer; never a `Date`, which stops at milliseconds. */
export type Micros = bigint;

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,30}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/;
const MICROS_PER_MILLI = 1000n;
const MICROS_PER_SECOND = 1_000_000n;
const FIRST = -62_135_596_800_000_000n; // 0001-01-01T00:00:00.000000Z
const LAST = 253_402_300_799_999_999n; // 9999-12-31T23:59:59.999999Z

/** Before every moment that an event can speak of. */
export const BEFORE_ANY_MOMENT: Micros = FIRST - 1n;

/** Why a text is not a moment that this system can keep. */
export type TimeFault =
  | 'not an RFC 3339 time with a zone, such as 2026-06-01T10:00:00Z'
  | 'not a day of the calendar'
  | 'not a time of the day (00:00:00 to 23:59:59, leap seconds excluded)'
  | 'not a zone offset'
  | 'finer than a microsecond'
  | 'finer than a nanosecond'
  | 'outside the years 0001 to 9999 in UTC';

export type ParsedTime =
  { ok: true; at: Micros; /** Digits finer than a microsecond were cut off. */ cut: boolean } | Faulty;

type Faulty = { ok: false; fault: TimeFault };

/**
 * Reads an RFC 3339 time (section 5.6) with up to nine decimals of the second, as .NET, Go and Java write them. Those
 * beyond the sixth are cut, never rounded: no time becomes later than it was.
 *
 * More decimals are a fault unless they are zeros.
 */
export function parseTime(text: string): ParsedTime {
  const match = RFC_3339.exec(text);
  if (!match) return fault('not an RFC 3339 time with a zone, such as 2026-06-01T10:00:00Z');
  const part = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) {
    return fault('not a day of the calendar');
  }
  if (hour > 23 || minute > 59 || second > 59) {
    return fault('not a time of the day (00:00:00 to 23:59:59, leap seconds excluded)');
  }
  const [offsetHour, offsetMinute] = [part(10), part(11)];
  if (offsetHour > 23 || offsetMinute > 59) return fault('not a zone offset');
  const decimals = (match[7] ?? '').replace(/0+$/, '');
  if (decimals.length > 9) return fault('finer than a nanosecond');

  const midnight = new Date(0).setUTCFullYear(year, month - 1, day);
  const local =
    BigInt(midnight) * MICROS_PER_MILLI +
    BigInt(hour * 3600 + minute * 60 + second) * MICROS_PER_SECOND +
    BigInt(decimals.slice(0, 6).padEnd(6, '0'));
  const offset = BigInt(offsetHour * 3600 + offsetMinute * 60) * MICROS_PER_SECOND;
  const at = match[9] === '-' ? local + offset : local - offset;
  if (at < FIRST || at > LAST) return fault('outside the years 0001 to 9999 in UTC');
  return { ok: true, at, cut: decimals.length > 6 };
}

/** The same where nobody keeps what was sent: a time of which digits would be cut is a fault. */
export function parseExactTime(text: string): { ok: true; at: Micros } | Faulty {
  const parsed = parseTime(text);
  if (!parsed.ok) return parsed;
  return parsed.cut ? fault('finer than a microsecond') : { ok: true, at: parsed.at };
}

/** Said beside a moment of which digits were cut. */
export function sentInWords(sent: string): string {
  return `sent as ${sent}; compared to the microsecond`;
}

/** Writes a moment as RFC 3339 in UTC, always with six decimals: `2026-06-01T10:00:00.000000Z`. */
export function formatTime(at: Micros): string {
  const rest = ((at % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND;
  const whole = new Date(Number((at - rest) / MICROS_PER_MILLI)).toISOString().slice(0, 19);
  return `${whole}.${rest.toString().padStart(6, '0')}Z`;
}

/** Now, to the millisecond that the machine's clock gives. */
export function microsOf(date: Date): Micros {
  return BigInt(date.getTime()) * MICROS_PER_MILLI;
}

export function seconds(count: number): Micros {
  return BigInt(Math.round(count * 1_000_000));
}

function fault(reason: TimeFault): Faulty {
  return { ok: false, fault: reason };
}

function daysInMonth(year: number, month: number): number {
  return new Date(new Date(0).setUTCFullYear(year, month, 0)).getUTCDate();
}

/**
 * Reads a time that was written by `formatTime`.
 *
 * @throws RangeError for anything that `parseExactTime` refuses
 */
export function mustParseTime(text: string): Micros {
  const parsed = parseExactTime(text);
  if (!parsed.ok) throw new RangeError(`${JSON.stringify(text)} is ${parsed.fault}`);
  return parsed.at;
}
