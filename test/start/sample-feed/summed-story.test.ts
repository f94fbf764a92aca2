import { describe, expect, it } from 'vitest';
import { NEWEST, weighStock, type StandingEvent } from '../../../src/domain/stock.ts';
import { microsOf, mustParseTime } from '../../../src/domain/time.ts';
import { compareContenders } from '../../../src/domain/winner.ts';
import { sampleSkus } from '../../../src/start/sample-feed/sample-feed.ts';
import { SUMMED_RESERVE, summedStory } from '../../../src/start/sample-feed/summed-story.ts';

const story = summedStory(microsOf(new Date('2026-06-01T10:00:00Z')));

/** The greatest of each supplier and location. */
function standingOf(sku: string): StandingEvent[] {
  const standing = new Map<string, StandingEvent>();
  for (const { supplier, event } of story.filter((one) => one.event.sku === sku)) {
    const { id: eventId, quantity, location = '' } = event;
    const one = {
      supplier,
      eventId,
      quantity,
      location,
      updatedAt: mustParseTime(event.updatedAt),
      expired: false,
    };
    const former = standing.get(`${supplier} ${location}`);
    if (!former || compareContenders(one, former) > 0) standing.set(`${supplier} ${location}`, one);
  }
  return [...standing.values()];
}

describe('the sample of a tenant that adds figures up', () => {
  it.each([
    ['TENT-01', 21, 19],
    ['LANTERN-01', 5, 3],
    ['STOVE-01', 1, 0],
    ['KAYAK-01', 8, 6],
  ])('%s: %i in stock, %i shown', (sku, stock, quantity) => {
    const weighed = weighStock({ ...NEWEST, rule: 'sum', reserve: SUMMED_RESERVE }, standingOf(sku));
    expect(weighed).toMatchObject({ stock, quantity });
  });

  it('has an item in two warehouses of one supplier, one that is oversold, and ids of its own', () => {
    expect(new Set(story.map(({ event }) => event.location))).toEqual(new Set(['north', 'south', undefined]));
    expect(story.filter(({ event }) => event.quantity === -3)).toHaveLength(1);
    expect(new Set(story.map(({ event }) => event.id)).size).toBe(story.length);
  });

  it('has no SKU of the other sample', () => {
    expect(story.filter(({ event }) => sampleSkus().includes(event.sku))).toEqual([]);
  });
});
