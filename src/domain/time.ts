/** A moment as whole microseconds since 1970-01-01T00:00:00Z. Compared as an integer; never a `Date`, which stops at milliseconds. */
export type Micros = bigint;

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,30}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/;
const MICROS_PER_MILLI = 1000n;
const MICROS_PER_SECOND = 1_000_000n;
const FIRST = -62_135_596_800_000_000n; // 0001-01-01T00:00:00.000000Z
const LAST = 253_402_300_799_999_999n; // 9999-12-31T23:59:59.999999Z

/** Why a text is not a moment that this system can keep. */
export type TimeFault =
  | 'not an RFC 3339 time with a zone, such as 2026-06-01T10:00:00Z'
  | 'not a day of the calendar'
  | 'not a time of the day (00:00:00 to 23:59:59, leap seconds excluded)'
  | 'not a zone offset'
  | 'finer than a microsecond'
  | 'outside the years 0001 to 9999 in UTC';

/**
 * Reads an RFC 3339 time (section 5.6) with up to six decimals of the second.
 *
 * More decimals are a fault unless they are zeros: two times that differ only there would otherwise
 * become a tie, and ties go by other rules.
 */
export function parseTime(text: string): { ok: true; at: Micros } | { ok: false; fault: TimeFault } {
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
  if (decimals.length > 6) return fault('finer than a microsecond');

  const midnight = new Date(0).setUTCFullYear(year, month - 1, day);
  const local =
    BigInt(midnight) * MICROS_PER_MILLI +
    BigInt(hour * 3600 + minute * 60 + second) * MICROS_PER_SECOND +
    BigInt(decimals.padEnd(6, '0'));
  const offset = BigInt(offsetHour * 3600 + offsetMinute * 60) * MICROS_PER_SECOND;
  const at = match[9] === '-' ? local + offset : local - offset;
  if (at < FIRST || at > LAST) return fault('outside the years 0001 to 9999 in UTC');
  return { ok: true, at };
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

function fault(reason: TimeFault): { ok: false; fault: TimeFault } {
  return { ok: false, fault: reason };
}

function daysInMonth(year: number, month: number): number {
  return new Date(new Date(0).setUTCFullYear(year, month, 0)).getUTCDate();
}

/**
 * Reads a time that was written by `formatTime`.
 *
 * @throws RangeError for anything that `parseTime` refuses
 */
export function mustParseTime(text: string): Micros {
  const parsed = parseTime(text);
  if (!parsed.ok) throw new RangeError(`${JSON.stringify(text)} is ${parsed.fault}`);
  return parsed.at;
}
