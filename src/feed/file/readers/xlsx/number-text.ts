import type { NumberKind } from './styles.ts';

const DAY_MS = 86_400_000;
const DAYS_TO_1904 = 1462;

/** That a spreadsheet keeps of a number. */
const DIGITS = 15;

/** The last day of the year 9999. */
const LAST_DAY = 2_958_465;

/** A number of a sheet as a person sees it, without its thousands; a date as in RFC 3339, without a zone. */
export function numberText(written: string, kind: NumberKind, from1904: boolean): string {
  const number = Number(written);
  if (written.trim() === '' || !Number.isFinite(number)) return written;
  if (/^-?\d+$/.test(written) && lastsLonger(written)) return written;
  if (Number.isInteger(number) && Math.abs(number) >= 10 ** DIGITS) return rounded(number);
  if (typeof kind === 'object') {
    return Number.isInteger(number) && number >= 0 ? plain(number).padStart(kind.digits, '0') : plain(number);
  }
  return (kind === 'number' ? undefined : momentText(number, kind, from1904)) ?? plain(number);
}

/** More digits than a spreadsheet keeps: another program wrote them, each as it is. */
function lastsLonger(digits: string): boolean {
  return /[1-9]/.test(digits.replace(/^-?0*/, '').slice(DIGITS));
}

/** Of a code with so many digits the last ones are lost: so it is shown, and taken for no code. */
function rounded(number: number): string {
  return number.toExponential(DIGITS - 1).toUpperCase();
}

/** Excel keeps 15 digits, and writes 0.1 + 0.2 with 17. */
function plain(number: number): string {
  return String(Number.isInteger(number) ? number : Number(number.toPrecision(DIGITS)));
}

/** Undefined for what is no day of the calendar. */
function momentText(serial: number, kind: NumberKind, from1904: boolean): string | undefined {
  const days = from1904 ? serial + DAYS_TO_1904 : serial;
  if (days < 0 || days >= LAST_DAY + 1) return undefined;
  const isTimeAlone = kind === 'time' && days < 1;
  // In Excel 1900 has a 29th of February, day 60.
  if (Math.floor(days) === 60 || (days < 1 && !isTimeAlone)) return undefined;
  const begin = Date.UTC(1899, 11, days < 60 ? 31 : 30);
  const iso = new Date(begin + Math.round(days * DAY_MS))
    .toISOString()
    .slice(0, -1)
    .replace(/\.000$/, '');
  if (isTimeAlone) return iso.slice(11);
  return kind === 'date' && iso.endsWith('T00:00:00') ? iso.slice(0, 10) : iso;
}
