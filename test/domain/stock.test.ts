import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MANUAL_SUPPLIER } from '../../src/domain/identity.ts';
import {
  NEWEST,
  STOCK_RULES,
  weighStock,
  type StandingEvent,
  type StockRule,
} from '../../src/domain/stock.ts';
import { compareContenders } from '../../src/domain/winner.ts';
import { anyRule, standing } from '../support/arbitrary-stock.ts';

const MINUTE = 60_000_000n;
const TEN = 1_780_000_000_000_000n;

function says(
  supplier: string,
  quantity: number,
  minute: number,
  more: Partial<StandingEvent> = {},
): StandingEvent {
  return {
    supplier,
    quantity,
    updatedAt: TEN + BigInt(minute) * MINUTE,
    eventId: `${supplier}-${minute}`,
    location: '',
    expired: false,
    ...more,
  };
}

function rule(name: StockRule['rule'], more: Partial<StockRule> = {}): StockRule {
  return { ...NEWEST, rule: name, ...more };
}

/** Who counts, in the order of the shares. */
function counting(stock: ReturnType<typeof weighStock>): string[] {
  return (stock?.shares ?? []).filter(({ counts }) => counts).map(({ eventId }) => eventId);
}

describe('what several suppliers come to', () => {
  const acme = says('acme', 50, 0);
  const globex = says('globex', 0, 1);

  it.each([
    ['newest', 0, ['globex-1']],
    ['priority', 50, ['acme-0']],
    ['lowest', 0, ['globex-1']],
    ['sum', 50, ['globex-1', 'acme-0']],
  ] as const)('by %s of 50, then 0: %i', (name, quantity, counts) => {
    const stock = weighStock(rule(name), [acme, globex]);
    expect(stock).toMatchObject({ quantity, stock: quantity });
    expect(counting(stock)).toEqual(counts);
  });

  it('keep nothing back of a supplier that is named as what every object has', () => {
    expect(weighStock(rule('sum'), [says('constructor', 4, 0)])).toMatchObject({ quantity: 4, stock: 4 });
  });

  it('by priority takes the next when the first runs out, and the first again when it is back', () => {
    const by = rule('priority', { order: ['globex', 'acme'] });
    expect(weighStock(by, [acme, says('globex', 7, 2)])?.quantity).toBe(7);
    expect(weighStock(by, [acme, says('globex', 0, 3)])?.lead).toEqual(acme);
    expect(weighStock(by, [says('acme', 0, 4), says('globex', 0, 3)])).toMatchObject({
      quantity: 0,
      lead: { supplier: 'globex' },
    });
    expect(weighStock(by, [acme, says('globex', 7, 2, { expired: true })])?.lead).toEqual(acme);
  });

  it('puts who is not named by the order last, by id', () => {
    const by = rule('priority', { order: ['zeta'] });
    expect(weighStock(by, [says('b', 2, 0), says('a', 1, 0), says('zeta', 0, 0)])?.lead.supplier).toBe('a');
  });

  it('adds the locations of a supplier up, under every rule', () => {
    const two = [says('acme', 12, 0, { location: 'north' }), says('acme', 3, 1, { location: 'south' })];
    for (const name of STOCK_RULES) expect(weighStock(rule(name), two)?.quantity).toBe(15);
  });

  it('takes what was sold beyond what there is for nothing', () => {
    expect(weighStock(rule('sum'), [says('acme', -3, 0), says('globex', 5, 0)])).toMatchObject({
      quantity: 5,
    });
    expect(weighStock(NEWEST, [says('acme', -3, 0)])).toMatchObject({ stock: 0, quantity: 0 });
  });

  it('keeps pieces back, of a supplier before the rule and of the item after it, and shows no less than none', () => {
    const by = rule('sum', { reserve: 2, supplierReserves: { globex: 4 } });
    expect(weighStock(by, [says('acme', 5, 0), says('globex', 3, 0)])).toMatchObject({
      stock: 5,
      quantity: 3,
    });
    expect(weighStock(by, [says('acme', 1, 0)])).toMatchObject({ stock: 1, quantity: 0 });
    expect(weighStock(rule('sum', { maxShown: 4 }), [acme])).toMatchObject({ stock: 50, quantity: 4 });
  });

  it('shows a correction as it was counted until a supplier says something newer', () => {
    const by = rule('sum', { reserve: 2 });
    const counted = says(MANUAL_SUPPLIER, 9, 2);
    expect(weighStock(by, [acme, globex, counted])).toMatchObject({ stock: 9, quantity: 9, lead: counted });
    const newer = weighStock(by, [acme, counted, says('globex', 1, 3)]);
    expect(newer).toMatchObject({ stock: 51, quantity: 49 });
    expect(newer?.shares.find(({ supplier }) => supplier === MANUAL_SUPPLIER)).toMatchObject({
      counts: false,
      why: 'correction_is_over',
    });
  });

  it('shows none where no figure counts, and names the newest', () => {
    const old = says('acme', 8, 0, { expired: true });
    expect(weighStock(rule('sum'), [old])).toEqual({
      stock: 0,
      quantity: 0,
      lead: old,
      shares: [{ ...old, counts: false, why: 'expired' }],
    });
  });

  it('knows nothing of an item without events', () => {
    expect(weighStock(NEWEST, [])).toBeUndefined();
  });
});

const inTwoOrders = standing.chain((events) =>
  fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
);

describe('shares', () => {
  it('are the same in every order of the events', () => {
    fc.assert(
      fc.property(anyRule, inTwoOrders, (by, [events, other]) => {
        expect(weighStock(by, other)).toEqual(weighStock(by, events));
      }),
    );
  });

  it('have each event once, the greatest first, and a lead that counts where any does', () => {
    fc.assert(
      fc.property(anyRule, standing, (by, events) => {
        const stock = weighStock(by, events);
        const order = events
          .toSorted((a, b) => compareContenders(b, a))
          .map(({ eventId, supplier, location }) => [supplier, location, eventId]);
        expect(
          stock?.shares.map(({ eventId, supplier, location }) => [supplier, location, eventId]) ?? [],
        ).toEqual(order);
        if (stock && stock.shares.some(({ counts }) => counts)) {
          expect(counting(stock)).toContain(stock.lead.eventId);
        }
        expect(stock?.quantity ?? 0).toBeGreaterThanOrEqual(0);
        expect(stock?.quantity ?? 0).toBeLessThanOrEqual(2_147_483_647);
      }),
    );
  });
});
