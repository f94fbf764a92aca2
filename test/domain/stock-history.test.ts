import fc from 'fast-check';
import { expect, it } from 'vitest';
import { weighStock, type StandingEvent } from '../../src/domain/stock.ts';
import { compareContenders, decide } from '../../src/domain/winner.ts';
import { deedsOf, happenings, stockRule, type Deed } from '../support/arbitrary-stock-history.ts';
import { stockOracle, type Happened } from '../support/stock-oracle.ts';

it('any order of what happens ends in the item, shares and standing events that follow from all of it', () => {
  fc.assert(
    fc.property(
      stockRule,
      happenings.chain((events) => fc.tuple(fc.constant(events), deedsOf(events))),
      (rule, [events, deeds]) => {
        const said = weighStock(rule, afterAll(deeds));
        const expected = stockOracle(rule, events);
        expect(
          said && {
            quantity: said.quantity,
            stock: said.stock,
            lead: nameOf(said.lead),
            updatedAt: said.lead.updatedAt,
            shares: said.shares.map((share) => [
              nameOf(share),
              share.counts,
              share.why,
              'behind' in share ? share.behind : undefined,
            ]),
          },
        ).toEqual(
          expected && {
            quantity: expected.quantity,
            stock: expected.stock,
            lead: nameOf(expected.lead),
            updatedAt: expected.updatedAtUs,
            shares: expected.shares.map(({ event, why, behind }) => [
              nameOf(event),
              why === 'counts' || why === 'corrects',
              why,
              behind,
            ]),
          },
        );
      },
    ),
    { numRuns: 2_000 },
  );
});

/** What stands at each place, event by event, as it is decided. */
function afterAll(deeds: readonly Deed[]): StandingEvent[] {
  const decided = new Set<Happened>();
  const gone = new Set<Happened>();
  const expired = new Set<Happened>();
  const standing = new Map<string, Happened>();
  for (const { does, event } of deeds) {
    const place = `${event.supplier}/${event.location}`;
    const stands = standing.get(place);
    if (does === 'void') {
      gone.add(event);
      if (stands === event) standing.delete(place);
      const [next] = [...decided]
        .filter((other) => !gone.has(other) && `${other.supplier}/${other.location}` === place)
        .toSorted((a, b) => compareContenders(asContender(b), asContender(a)));
      if (next) standing.set(place, next);
    } else if (!decided.has(event)) {
      decided.add(event);
      const decision = decide(stands && asContender(stands), asContender(event));
      if (!gone.has(event) && decision.outcome === 'won') standing.set(place, event);
    }
    if (does === 'expire') expired.add(event);
  }
  return [...standing.values()].map((event) => ({
    ...asContender(event),
    location: event.location,
    expired: expired.has(event),
  }));
}

function asContender({ supplier, eventId, quantity, updatedAtUs }: Happened) {
  return { supplier, eventId, quantity, updatedAt: updatedAtUs };
}

function nameOf({
  supplier,
  location,
  eventId,
}: Pick<Happened, 'supplier' | 'location' | 'eventId'>): string {
  return `${supplier}@${location}/${eventId}`;
}
