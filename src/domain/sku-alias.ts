import { asItLooks } from './normalize.ts';
import { formatTime, type Micros } from './time.ts';

/** What becomes of a code that no alias knows: it is taken as the SKU, or its events wait for an alias. */
export const UNKNOWN_SKU_RULES = ['take', 'hold'] as const;
export type UnknownSkuRule = (typeof UNKNOWN_SKU_RULES)[number];

/** Pieces that one of a supplier's units holds at most. */
export const FACTOR_MAX = 1_000_000;

/** What a supplier's code means. */
export interface SkuAlias {
  /** Normalized. */
  sku: string;
  /** So many pieces is one of what the supplier counts. */
  factor: number;
}

const [QUANTITY_MIN, QUANTITY_MAX] = [-2_147_483_648, 2_147_483_647];

/** From GTIN-8 to GTIN-14; the lengths between them are GTINs that a spreadsheet took for numbers. */
const GTIN = /^\d{8,14}$/;

/**
 * By what a supplier's code is known: as a SKU is, as far as a database can normalize one; a GTIN in any length, with or
 * without its leading zeros, as GTIN-14 (GS1 General Specifications, 7.9: the check digit). The function `code_key` says
 * the same.
 */
export function codeKey(code: string): string {
  const key = asItLooks(code)
    .replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase())
    .normalize('NFC');
  if (!GTIN.test(key)) return key;
  const digits = key.padStart(14, '0');
  const sum = Array.from(digits).reduce((all, digit, at) => all + Number(digit) * (at % 2 === 0 ? 3 : 1), 0);
  return sum % 10 === 0 ? digits : key;
}

/** A quantity in pieces; undefined where that is more, or less, than an event may say. `aliased_quantity` says the same. */
export function inPieces(quantity: number, factor: number): number | undefined {
  const pieces = quantity * factor;
  return pieces >= QUANTITY_MIN && pieces <= QUANTITY_MAX ? pieces : undefined;
}

/** What an event was before an alias, and the alias. */
export interface EventCode {
  supplier: string;
  code: string;
  quantity: number;
  /** Null: none was used. */
  alias: (SkuAlias & { since: Micros }) | null;
  /** Until when it waited for one; null: it did not, or still does. */
  waitedUntil: Micros | null;
}

/** `acme's code 4711 is CHAIR-01 by the alias of 2026-11-26 (× 12: it said 3)`. */
export function eventCodeInWords({ supplier, code, quantity, alias, waitedUntil }: EventCode): string {
  const name = `${supplier}'s code ${code}`;
  const waited = waitedUntil === null ? '' : `; it waited for that until ${formatTime(waitedUntil)}`;
  if (!alias) {
    return waitedUntil === null
      ? `unknown_sku: ${name} has no alias that fits, and waits for one`
      : `${name} was taken as the SKU after it had waited for an alias until ${formatTime(waitedUntil)}`;
  }
  const times = alias.factor === 1 ? '' : ` (× ${alias.factor}: it said ${quantity})`;
  return `${name} is ${alias.sku} by the alias of ${formatTime(alias.since).slice(0, 10)}${times}${waited}`;
}
