import type { QuantitySettings } from '../definition/values-schema.ts';
import { Fault, quoted } from './refusal.ts';

/** A figure; `none`: the row says nothing of the item; undefined: there is nothing. */
export type ReadQuantity = number | 'none' | undefined | Fault;

export type QuantityReader = (value: unknown) => ReadQuantity;

interface Signs {
  /** What may stand before the decimals; both where none is set, and `thousands` rules out neither. */
  decimals: readonly string[];
  thousands: string | undefined;
  /** Nothing is set: what may be read in two ways is refused. */
  unset: boolean;
}

const WHOLE = /^[+-]?\d{1,15}$/;
const NUMBER = /^([+-]?)(\d[\d.,'’ \u00a0\u2009\u202f]*)$/;
const LIKE_THOUSANDS = /^[1-9]\d{0,2}([.,'’ \u00a0\u2009\u202f]\d{3})+$/;
/** Of three, or as in India: 12,34,567. */
const GROUPS = /^(?:\d{1,3}(?: \d{3})+|\d{1,2}(?: \d{2})+ \d{3})$/;

/** Reads what a column of quantities holds. What may mean two numbers, and what may have been rounded, is a Fault. */
export function compileQuantities(settings: QuantitySettings): QuantityReader {
  const signs = signsOf(settings);
  const words = new Map(Object.entries(settings.words).map(([word, figure]) => [wordOf(word), figure]));
  return (value) => {
    if (typeof value === 'number' && words.size === 0) return ofNumber(value);
    if (value instanceof Fault) return value;
    const text = textOf(value);
    if (text === undefined) return new Fault('bad_quantity', 'is neither a number nor text');
    if (words.size > 0) {
      const figure = words.get(wordOf(text));
      if (figure !== undefined) return figure;
    }
    if (text === '') return undefined;
    if (typeof value === 'number') return ofNumber(value);
    return WHOLE.test(text) ? Number(text) : readNumber(text, signs);
  };
}

function signsOf({ decimal, thousands }: QuantitySettings): Signs {
  if (decimal !== undefined) return { decimals: [decimal], thousands, unset: false };
  if (thousands === undefined) return { decimals: ['.'], thousands, unset: true };
  return { decimals: ['.', ','].filter((sign) => sign !== thousands), thousands, unset: false };
}

function ofNumber(value: number): number | Fault {
  return Number.isInteger(value) ? value : new Fault('not_whole', `${value} is no whole number`);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim();
  if (value === undefined || value === null) return '';
  return typeof value === 'number' ? String(value) : undefined;
}

function wordOf(text: string): string {
  return text.trim().toLowerCase().replaceAll(/\s+/g, ' ');
}

function readNumber(text: string, signs: Signs): number | Fault {
  const match = NUMBER.exec(text.replace(/^\u2212/, '-'));
  if (!match) return new Fault('bad_quantity', noNumber(text));
  const [, sign = '', digits = ''] = match;
  if (signs.unset) {
    const fault = ambiguity(text, digits);
    if (fault) return fault;
  }
  const at = Math.max(...signs.decimals.map((decimal) => digits.lastIndexOf(decimal)));
  const whole = at === -1 ? digits : digits.slice(0, at);
  const decimals = at === -1 ? '' : digits.slice(at + 1);
  const ungrouped = withoutGroups(whole, signs.thousands);
  if (ungrouped === undefined || !/^\d*$/.test(decimals))
    return new Fault('bad_quantity', wrongSigns(text, signs));
  if (/[1-9]/.test(decimals)) return new Fault('not_whole', `${quoted(text)} is no whole number`);
  return Number(`${sign}${ungrouped}`);
}

/** Without a setting, a point before decimals is all that is read. */
function ambiguity(text: string, digits: string): Fault | undefined {
  if (/^\d+(\.\d+)?$/.test(digits) && !LIKE_THOUSANDS.test(digits)) return undefined;
  const setting = /[.,]/.test(digits)
    ? 'quantities.decimal and quantities.thousands say which sign is which'
    : 'quantities.thousands says whether it groups digits';
  return new Fault('ambiguous_quantity', `${quoted(text)} may mean more than one number: ${setting}`);
}

function withoutGroups(whole: string, thousands: string | undefined): string | undefined {
  if (/^\d+$/.test(whole)) return whole;
  if (thousands === undefined || (thousands !== ' ' && /\s/.test(whole))) return undefined;
  const grouped = whole.replaceAll(
    thousands === ' ' ? /[ \u00a0\u2009\u202f]/g : thousands === "'" ? /['’]/g : thousands,
    ' ',
  );
  return GROUPS.test(grouped) ? grouped.replaceAll(' ', '') : undefined;
}

function noNumber(text: string): string {
  return /^[+-]?\d+([.,]\d+)?e[+-]?\d+$/i.test(text)
    ? `${quoted(text)} is in scientific notation, and may have been rounded by the program that wrote it`
    : `${quoted(text)} is no number: quantities.words can say what it means`;
}

function wrongSigns(text: string, { decimals, thousands }: Signs): string {
  const groups =
    thousands === undefined ? 'no quantities.thousands is set' : `quantities.thousands is "${thousands}"`;
  return `${quoted(text)} does not fit: ${groups}, and decimals follow ${decimals.map((sign) => `"${sign}"`).join(' or ')}`;
}
