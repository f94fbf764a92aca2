import { describe, expect, it } from 'vitest';
import { stockInWords } from '../../src/domain/stock-in-words.ts';
import { weighStock, type StandingEvent } from '../../src/domain/stock.ts';
import { compareContenders } from '../../src/domain/winner.ts';
import { workedCases, type Step } from '../support/worked-cases.ts';

const cases = workedCases();

/** One event at most of a supplier and location. */
function after(standing: readonly StandingEvent[], step: Step): StandingEvent[] {
  if (step.isExpiry)
    return standing.map((one) => (one.eventId === step.eventId ? { ...one, expired: true } : one));
  const event = { ...step, expired: false };
  const own = standing.find((one) => one.supplier === step.supplier && one.location === step.location);
  if (own && compareContenders(own, event) > 0) return [...standing];
  return [...standing.filter((one) => one !== own), event];
}

describe('the page of who wins', () => {
  it('has cases of every rule', () => {
    expect(new Set(cases.map(({ rule }) => rule.rule))).toEqual(
      new Set(['newest', 'priority', 'lowest', 'sum']),
    );
    expect(cases.flatMap(({ steps }) => steps).length).toBeGreaterThan(20);
  });

  it.each(cases)('$title: is what the code says', ({ rule, steps }) => {
    let standing: StandingEvent[] = [];
    const said = steps.map((step) => {
      standing = after(standing, step);
      const stock = weighStock(rule, standing);
      if (!stock) throw new Error('nothing stands');
      const [counting = ''] = stockInWords('item', rule, stock).split('; ');
      return { shows: stock.quantity, because: counting.replace(/^item is \d+: /, '') };
    });
    expect(said).toEqual(steps.map(({ shows, because }) => ({ shows, because })));
  });
});
