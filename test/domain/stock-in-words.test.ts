import { describe, expect, it } from 'vitest';
import { shareInWords, stockInWords } from '../../src/domain/stock-in-words.ts';
import { NEWEST, weighStock, type StandingEvent, type StockRule } from '../../src/domain/stock.ts';

const TEN = 1_780_000_000_000_000n;

function says(
  supplier: string,
  quantity: number,
  eventId: string,
  more: Partial<StandingEvent> = {},
): StandingEvent {
  return { supplier, quantity, eventId, updatedAt: TEN, location: '', expired: false, ...more };
}

function words(rule: Partial<StockRule>, standing: StandingEvent[]): string {
  const whole = { ...NEWEST, ...rule };
  const stock = weighStock(whole, standing);
  if (!stock) throw new Error('nothing stands');
  return stockInWords('canary:CHAIR-01', whole, stock);
}

const later = { updatedAt: TEN + 1n };
const acme = says('acme', 5, 'e-17');
const globex = says('globex', 6, 'g-3', later);

describe('what an item is made of, in words', () => {
  it.each<[string, Partial<StockRule>, StandingEvent[]]>([
    [
      'canary:CHAIR-01 is 9: acme 5 (e-17) + globex 6 (g-3) − 2 kept back',
      { rule: 'sum', reserve: 2 },
      [acme, globex],
    ],
    [
      'canary:CHAIR-01 is 5: acme 5 (e-17), the first in the order that has any; globex 6 (g-3) stands behind acme',
      { rule: 'priority', order: ['acme'] },
      [acme, globex],
    ],
    [
      'canary:CHAIR-01 is 5: acme 5 (e-17), the lowest; globex 6 (g-3) stands behind acme',
      { rule: 'lowest' },
      [acme, globex],
    ],
    [
      'canary:CHAIR-01 is 6: globex 6 (g-3), the newest; acme 5 (e-17) stands behind globex',
      {},
      [acme, globex],
    ],
    [
      'canary:CHAIR-01 is 15: acme 15 (north 12 (e-1) + south 3 (e-2))',
      {},
      [
        says('acme', 12, 'e-1', { location: 'north' }),
        says('acme', 3, 'e-2', { location: 'south', ...later }),
      ],
    ],
    ['canary:CHAIR-01 is 0: acme 0 (e-17: oversold by 3)', { rule: 'sum' }, [says('acme', -3, 'e-17')]],
    [
      'canary:CHAIR-01 is 10: acme 4 (e-17) less 1 kept back of it + globex 60 (g-3) − 2 kept back, of which 10 at most are shown',
      { rule: 'sum', reserve: 2, maxShown: 10, supplierReserves: { acme: 1 } },
      [says('acme', 4, 'e-17'), says('globex', 60, 'g-3')],
    ],
    [
      'canary:CHAIR-01 is 6: acme 5 (e-17) less 5 kept back of it + globex 6 (g-3)',
      { rule: 'sum', supplierReserves: { acme: 8 } },
      [acme, globex],
    ],
    [
      'canary:CHAIR-01 is 6: globex 6 (g-3); acme 5 (e-17) has expired',
      { rule: 'sum' },
      [{ ...acme, expired: true }, globex],
    ],
    ['canary:CHAIR-01 is 0: no figure counts; acme 5 (e-17) has expired', {}, [{ ...acme, expired: true }]],
    [
      'canary:CHAIR-01 is 7: corrected to it (c-1); acme 5 (e-17) counts again once a supplier says something newer',
      { rule: 'sum', reserve: 2 },
      [acme, says('manual', 7, 'c-1', later)],
    ],
    [
      'canary:CHAIR-01 is 7: corrected to it (c-1); acme 5 (e-17) has expired',
      { rule: 'sum' },
      [{ ...acme, expired: true }, says('manual', 7, 'c-1', later)],
    ],
    [
      'canary:CHAIR-01 is 6: globex 6 (g-3); manual 7 (c-1) is over: a supplier said something newer',
      { rule: 'sum' },
      [globex, says('manual', 7, 'c-1')],
    ],
  ])('%s', (said, rule, standing) => {
    expect(words(rule, standing)).toBe(said);
  });

  it('say the ends of long ids, so that what counts is read at a glance', () => {
    const id = (no: number): string => `inventory-2026-11-26-warehouse-batch-000000000${no}`;
    const five = ['acme', 'globex', 'hooli', 'initech', 'umbrella'].map((one, no) =>
      says(one, 10 + no, id(no)),
    );
    expect(words({ rule: 'sum', reserve: 2 }, five)).toBe(
      'canary:CHAIR-01 is 58: acme 10 (inventor…00000000) + globex 11 (inventor…00000001) + hooli 12 ' +
        '(inventor…00000002) + initech 13 (inventor…00000003) + umbrella 14 (inventor…00000004) − 2 kept back',
    );
  });

  it("say one event of a supplier's where it tells of many places", () => {
    const places = ['north', 'south', 'west'];
    const fifteen = ['acme', 'globex', 'hooli', 'initech', 'umbrella'].flatMap((one) =>
      places.map((location, no) => says(one, 10, `${one}-${no}`, { location })),
    );
    expect(words({ rule: 'sum' }, fifteen)).toBe(
      'canary:CHAIR-01 is 150: acme 30 (acme-2 and 2 more) + globex 30 (globex-2 and 2 more) + hooli 30 ' +
        '(hooli-2 and 2 more) + initech 30 (initech-2 and 2 more) + umbrella 30 (umbrella-2 and 2 more)',
    );
  });

  it('are few where there is much to say', () => {
    const places = ['north', 'south'];
    const suppliers = ['acme', 'globex-wholesale', 'hooli', 'initech', 'umbrella-europe'];
    const id = (supplier: string, no: number): string =>
      `${supplier}-2026-11-26-${String(no).padStart(9, '0')}`;
    const ten = suppliers.flatMap((one) =>
      places.map((location, no) => says(one, 10, id(one, no), { location })),
    );
    expect(words({ rule: 'sum', reserve: 2, maxShown: 90, supplierReserves: { acme: 3 } }, ten)).toBe(
      'canary:CHAIR-01 is 90: acme 20 (acme…0001 +1) less 3 + globex-wholesale 20 (glob…0001 +1) + hooli 20 ' +
        '(hool…0001 +1) + initech 20 (init…0001 +1) + umbrella-europe 20 (umbr…0001 +1) − 2 kept back, of which 90 ' +
        'at most are shown',
    );
  });

  it('tell of a dozen that do not count only the newest', () => {
    const shops = Array.from({ length: 12 }, (_, no) =>
      says('globex', 4, `g-${no}`, { location: `shop ${no}`, updatedAt: TEN - BigInt(no) }),
    );
    const said = words({ rule: 'priority', order: ['acme'] }, [acme, ...shops]).split('; ');
    expect(said).toHaveLength(12);
    expect(said.slice(-2)).toEqual(['globex at shop 9 4 (g-9) stands behind acme', '2 more do not count']);
  });

  it('are those of each share as well', () => {
    const stock = weighStock({ ...NEWEST, rule: 'sum' }, [
      says('acme', -3, 'e-17'),
      { ...globex, expired: true },
    ]);
    const wordsOf = (rule: StockRule) => stock?.shares.map((share) => shareInWords(share, rule));
    expect(wordsOf(NEWEST)).toEqual(['expired', 'counts as 0: oversold by 3']);
    expect(wordsOf({ ...NEWEST, supplierReserves: { acme: 2, globex: 2 } })).toEqual([
      'expired',
      'counts as 0: oversold by 3; 2 kept back of all that acme has',
    ]);
  });
});
