import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareContenders, decide, type Contender } from '../../src/domain/winner.ts';
import { contender, contest, shuffled } from '../support/arbitrary-events.ts';

interface Item {
  winner: Contender;
  version: number;
}

interface Loss {
  loser: Contender;
  lostTo: Contender;
}

/** What a catalog does with events as they come, in the smallest form. */
function arrive(events: readonly Contender[]): { item: Item; losses: Loss[] } {
  let item: Item | undefined;
  const losses: Loss[] = [];
  const seen = new Set<string>();
  for (const event of events) {
    const key = `${event.supplier}/${event.eventId}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const verdict = decide(item?.winner, event);
    if (verdict.outcome === 'won') {
      item = { winner: event, version: (item?.version ?? 0) + (verdict.newVersion ? 1 : 0) };
    } else if (item) {
      losses.push({ loser: event, lostTo: item.winner });
    }
  }
  if (!item) throw new Error('no event came');
  return { item, losses };
}

describe('who wins', () => {
  it('is the same in every order and with every repetition of up to 50 events', () => {
    fc.assert(
      fc.property(
        contest(50).chain((events) => fc.tuple(fc.constant(events), shuffled(events), shuffled(events))),
        ([events, one, other]) => {
          const expected = events.toSorted(compareContenders).at(-1);
          expect(arrive(one).item.winner).toEqual(expected);
          expect(arrive(other).item.winner).toEqual(expected);
        },
      ),
    );
  });

  it('names for each loser an event that truly beats it', () => {
    fc.assert(
      fc.property(
        contest(50).chain((events) => shuffled(events)),
        (events) => {
          for (const { loser, lostTo } of arrive(events).losses) {
            expect(compareContenders(lostTo, loser)).toBeGreaterThan(0);
          }
        },
      ),
    );
  });

  it('is a total order', () => {
    fc.assert(
      fc.property(contender, contender, contender, (a, b, c) => {
        expect(Math.sign(compareContenders(a, b))).toBe(-Math.sign(compareContenders(b, a)) + 0);
        if (compareContenders(a, b) >= 0 && compareContenders(b, c) >= 0) {
          expect(compareContenders(a, c)).toBeGreaterThanOrEqual(0);
        }
        const same = a.supplier === b.supplier && a.eventId === b.eventId;
        if (!same) expect(compareContenders(a, b)).not.toBe(0);
      }),
    );
  });

  const base: Contender = { supplier: 'acme', eventId: 'e-1', quantity: 5, updatedAt: 10n };

  it.each([
    ['a later time', { updatedAt: 11n, quantity: 9 }, 'won', 'newer', true],
    ['an earlier time', { updatedAt: 9n, quantity: 1 }, 'superseded', 'older', undefined],
    ['the same time with less', { quantity: 4 }, 'won', 'lower_quantity', true],
    ['the same time with more', { quantity: 6 }, 'superseded', 'higher_quantity', undefined],
    ['the same from a greater supplier', { supplier: 'globex' }, 'won', 'greater_supplier', false],
    ['the same from a lesser supplier', { supplier: 'aaa' }, 'superseded', 'lesser_supplier', undefined],
    ['the same with a greater id', { eventId: 'e-2' }, 'won', 'greater_event_id', false],
    ['the same with a lesser id', { eventId: 'e-0' }, 'superseded', 'lesser_event_id', undefined],
  ])('%s: %o', (_, difference, outcome, rule, newVersion) => {
    const verdict = decide(base, { ...base, ...difference });
    expect(verdict).toEqual({ outcome, rule, ...(newVersion !== undefined && { newVersion }) });
  });

  it('orders ids by UTF-8 bytes, not by UTF-16 units', () => {
    const bmp = { ...base, eventId: '\uffee' };
    const astral = { ...base, eventId: '\u{10000}' };
    expect(bmp.eventId > astral.eventId).toBe(true);
    expect(compareContenders(astral, bmp)).toBeGreaterThan(0);
  });
});
