import { expect, it } from 'vitest';
import { normalizeSku } from '../../../src/domain/normalize.ts';
import { microsOf, mustParseTime } from '../../../src/domain/time.ts';
import { compareContenders, type Contender } from '../../../src/domain/winner.ts';
import { sampleFeed, type Delivery } from '../../../src/start/sample-feed/sample-feed.ts';
import { sampleStory } from '../../../src/start/sample-feed/sample-story.ts';

const now = microsOf(new Date('2026-06-01T10:00:00Z'));

function contender({ supplier, event }: Delivery): Contender {
  return {
    supplier,
    eventId: event.id,
    quantity: event.quantity,
    updatedAt: mustParseTime(event.updatedAt),
  };
}

it.each([1, 7, 42])('e-17 wins CHAIR-01 before e-16 (seed %i)', (seed) => {
  const contest = [...sampleFeed({ now, seed }), ...sampleStory(now)]
    .filter(({ event }) => normalizeSku(event.sku) === 'CHAIR-01')
    .map(contender)
    // What is further ahead than its supplier's tolerance is rejected.
    .filter(({ updatedAt }) => updatedAt <= now)
    .toSorted(compareContenders);
  expect(contest.slice(-2).map(({ eventId, quantity }) => [eventId, quantity])).toEqual([
    ['e-16', 9],
    ['e-17', 7],
  ]);
});
