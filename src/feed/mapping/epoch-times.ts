import { Fault, quoted } from './refusal.ts';
import { serialDate } from './serial-date.ts';
import { writeTime, zeroTime, type WrittenTime } from './written-time.ts';

const NUMBER = /^(\d{1,15})(?:\.(\d{1,30}))?$/;

/** In seconds the year 5138, in milliseconds March 1973: on either side of it, the other unit was meant. */
const BOUND = 100_000_000_000;

/** Seconds since 1970, maybe with decimals. */
export function readEpoch(text: string): WrittenTime | undefined {
  const match = NUMBER.exec(text);
  if (!match) return undefined;
  const seconds = Number(match[1]);
  if (seconds === 0) return zeroTime(text);
  const serial = serialDate(text);
  if (serial) return serial;
  if (seconds >= BOUND) {
    return new Fault(
      'bad_time',
      `${quoted(text)} would be after the year 5000: times.format: epochMillis may be meant`,
    );
  }
  return writeTime(text, seconds * 1000, match[2] ?? '');
}

/** Milliseconds since 1970, maybe with decimals. */
export function readEpochMillis(text: string): WrittenTime | undefined {
  const match = NUMBER.exec(text);
  if (!match) return undefined;
  const [, whole = '', decimals = ''] = match;
  if (Number(whole) === 0) return zeroTime(text);
  if (Number(whole) < BOUND) {
    return (
      serialDate(text) ??
      new Fault('bad_time', `${quoted(text)} would be before 1974: times.format: epoch may be meant`)
    );
  }
  const millis = whole.slice(-3) + decimals;
  return writeTime(text, Number(whole.slice(0, -3)) * 1000, /[1-9]/.test(millis) ? millis : '');
}
