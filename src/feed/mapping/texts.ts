import { Fault, quoted, type RefusalCode } from './refusal.ts';

/** As spreadsheets show a number that is too long for them; a code such as `12E4` is none. */
const SCIENTIFIC = /^[+-]?\d[.,]\d+E\+\d{1,3}$/i;

/**
 * Text as it stands, without white space at its ends; JSON's whole numbers as text; undefined: nothing.
 *
 * @param asSent with the white space
 */
export function readText(value: unknown, code: RefusalCode, asSent = false): string | undefined | Fault {
  if (typeof value === 'string') {
    const text = value.trim();
    if (text === '') return undefined;
    if (SCIENTIFIC.test(text)) {
      return new Fault(
        code,
        `${quoted(text)} is a number of which a spreadsheet has dropped the last digits: its column has to be text before it is filled`,
      );
    }
    return asSent ? value : text;
  }
  if (value === undefined || value === null) return undefined;
  if (value instanceof Fault) return value;
  if (typeof value !== 'number') return new Fault(code, 'is neither text nor a number');
  return Number.isSafeInteger(value)
    ? String(value)
    : new Fault(code, `is the number ${value}, which a reader may have changed: it has to be sent as text`);
}

/** For a time: a number is what its digits say. */
export function readTimeText(value: unknown): string | undefined | Fault {
  if (typeof value !== 'number') return readText(value, 'bad_time');
  return Number.isFinite(value) ? String(value) : new Fault('bad_time', 'is no finite number');
}
