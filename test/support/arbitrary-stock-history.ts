import fc from 'fast-check';
import { MANUAL_SUPPLIER } from '../../src/domain/identity.ts';
import { NEWEST, STOCK_RULES, type StockRule, type StockRuleName } from '../../src/domain/stock.ts';
import type { Happened } from './stock-oracle.ts';

export const FIVE_SUPPLIERS = ['acme', 'globex', 'hooli', 'initech', 'wonka'] as const;

/** What is done to an event, in any order: it is decided, delivered once more, taken out, said to be too old. */
export interface Deed {
  readonly does: 'save' | 'again' | 'void' | 'expire';
  readonly event: Happened;
}

export const MOMENT = 1_780_000_000_000_000n;

/** Few moments and quantities, so that ties are common; ids that UTF-16 and UTF-8 order differently. */
const ids = fc
  .array(fc.constantFrom('a', 'b', 'Z', 'é', '\uffee', '\u{10000}', '%', 'a:b'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.join(''));
const moments = fc.constantFrom(0n, 1n, 2n, 999n, 60_000_000n, 120_000_000n).map((at) => MOMENT + at);
const often = (one: number) => fc.nat(one - 1).map((no) => no === 0);

const update = fc.record({
  supplier: fc.constantFrom<string>(...FIVE_SUPPLIERS),
  location: fc.constantFrom('', 'north', 'Süd'),
  eventId: ids,
  quantity: fc.constantFrom(-3, -1, 0, 0, 1, 2, 5, 40, 2_147_483_647),
  updatedAtUs: moments,
  correction: fc.constant(false),
  voided: often(5),
  expired: often(5),
});
const correction = fc.record({
  supplier: fc.constant<string>(MANUAL_SUPPLIER),
  location: fc.constant(''),
  eventId: ids,
  quantity: fc.constantFrom(0, 3, 9),
  updatedAtUs: moments,
  correction: fc.constant(true),
  voided: often(3),
  expired: fc.constant(false),
});

/** What came to pass for an item, up to 50 events; the last that stands for an item cannot be taken out. */
export const happenings: fc.Arbitrary<Happened[]> = fc
  .uniqueArray(fc.oneof({ arbitrary: update, weight: 12 }, { arbitrary: correction, weight: 1 }), {
    minLength: 1,
    maxLength: 50,
    size: 'max',
    selector: ({ supplier, eventId }) => `${supplier}/${eventId}`,
  })
  .map(([first, ...others]) => (first ? [{ ...first, voided: false }, ...others] : others));

/** The same without what makes an item one of shares. */
export const plainHappenings: fc.Arbitrary<Happened[]> = happenings.map((events) =>
  events.map((event) => ({ ...event, location: '', expired: false })),
);

/** A rule of that name, with any figures of its own. */
export function stockRuleOf(rule: StockRuleName): fc.Arbitrary<StockRule> {
  const withFigures = fc.record({
    rule: fc.constant(rule),
    order: fc.shuffledSubarray([...FIVE_SUPPLIERS]),
    supplierReserves: fc.dictionary(fc.constantFrom(...FIVE_SUPPLIERS), fc.constantFrom(1, 2, 5)),
    reserve: fc.constantFrom(0, 0, 2),
    maxShown: fc.constantFrom(undefined, undefined, 0, 4),
  });
  return rule === NEWEST.rule ? fc.oneof(fc.constant(NEWEST), withFigures) : withFigures;
}

export const stockRule: fc.Arbitrary<StockRule> = fc.constantFrom(...STOCK_RULES).chain(stockRuleOf);

/** The deeds that end in what came to pass, in any order, with deliveries that are repeated. */
export function deedsOf(events: readonly Happened[]): fc.Arbitrary<Deed[]> {
  return fc.shuffledSubarray([...events], { maxLength: Math.ceil(events.length / 4) }).chain((repeated) => {
    const deeds: Deed[] = [
      ...events.map((event) => ({ does: 'save' as const, event })),
      ...repeated.map((event) => ({ does: 'again' as const, event })),
      ...events.filter(({ voided }) => voided).map((event) => ({ does: 'void' as const, event })),
      ...events.filter(({ expired }) => expired).map((event) => ({ does: 'expire' as const, event })),
    ];
    return fc.shuffledSubarray(deeds, { minLength: deeds.length });
  });
}
