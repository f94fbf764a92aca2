import { Fault, quoted } from '../../mapping/refusal.ts';

/** What a place has of an item, by kind: the qualifier of the quantity, and what else says what it is. */
export type Quantities = Readonly<Record<string, { quantity: number | string; unit: string | undefined }>>;

/** One piece in the lists of X12 (355) and of UN/ECE (Recommendation 20), and what is often written for it. */
const PIECES = new Set(['EA', 'PC', 'PCE', 'PCS', 'UN', 'C62', 'H87', 'NAR', 'NMB', 'STK']);

const MOST_SHOWN = 5;

/**
 * A number of a message, which has no signs between thousands, and says which one stands before decimals; other texts as
 * they are.
 */
export function ediNumber(text: string, decimal: string): number | string {
  const [whole = '', decimals = '', ...more] = text.split(decimal);
  const isNumber = more.length === 0 && /^[+-]?\d*$/.test(whole) && /^\d*$/.test(decimals);
  return isNumber && /\d/.test(text) ? Number(`${whole}.${decimals}`) : text;
}

/** The figure of what says by itself that it is stock, and is counted in pieces; else why there is none. */
export function stockOf(all: Quantities, kinds: readonly string[]): number | string | undefined | Fault {
  const kind = kinds.find((one) => Object.hasOwn(all, one));
  const found = kind === undefined ? undefined : all[kind];
  if (!found) return Object.keys(all).length === 0 ? undefined : noStock(all);
  const { quantity, unit } = found;
  if (unit === undefined || PIECES.has(unit.toUpperCase())) return quantity;
  const figure = typeof quantity === 'number' ? quantity : quoted(quantity);
  return new Fault(
    'bad_quantity',
    `is ${figure} of the unit ${unit}, and not of pieces: columns.quantity: quantities/${kind} would take it as it stands, and an alias's factor make pieces of it`,
  );
}

function noStock(all: Quantities): Fault {
  const found = Object.entries(all).slice(0, MOST_SHOWN);
  const shown = found.map(
    ([kind, { quantity }]) => `${kind} (${typeof quantity === 'number' ? quantity : quoted(quantity)})`,
  );
  const would = `columns.quantity: quantities/${found[0]?.[0]} would take ${found.length > 1 ? 'the first' : 'it'}`;
  return new Fault(
    'missing_value',
    `is none that says that it is stock, but ${shown.join(' and ')}: ${would}`,
  );
}
