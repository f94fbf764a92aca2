import fc from 'fast-check';
import { MANUAL_SUPPLIER } from '../../src/domain/identity.ts';
import { STOCK_RULES, type StandingEvent, type StockRule } from '../../src/domain/stock.ts';

const TEN = 1_780_000_000_000_000n;
const MINUTE = 60_000_000n;

/** One event of a supplier and location; a supplier gives each of its ids once. */
export const standing: fc.Arbitrary<StandingEvent[]> = fc
  .uniqueArray(
    fc.record({
      supplier: fc.constantFrom('acme', 'globex', 'initech', MANUAL_SUPPLIER),
      location: fc.constantFrom('', 'north', 'south'),
      no: fc.constantFrom(1, 2),
      quantity: fc.constantFrom(-3, 0, 1, 7, 2_147_483_647),
      updatedAt: fc.constantFrom(TEN, TEN + 1n, TEN + MINUTE),
      expired: fc.boolean(),
    }),
    { maxLength: 8, selector: ({ supplier, location }) => `${supplier}/${location}` },
  )
  .map((events) => events.map(({ no, ...event }) => ({ ...event, eventId: `e-${no}-${event.location}` })));

export const anyRule: fc.Arbitrary<StockRule> = fc.record({
  rule: fc.constantFrom(...STOCK_RULES),
  order: fc.shuffledSubarray(['acme', 'globex']),
  supplierReserves: fc.constantFrom({}, { acme: 2 }),
  reserve: fc.constantFrom(0, 2),
  maxShown: fc.constantFrom(undefined, 0, 5),
});
