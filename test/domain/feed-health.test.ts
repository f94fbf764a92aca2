import { describe, expect, it } from 'vitest';
import { faultsOf, type FeedFacts } from '../../src/domain/feed-health.ts';
import { seconds } from '../../src/domain/time.ts';

const NOW = seconds(1_900_000_000);
const HOUR = seconds(3600);
const run = { runId: '2026-11-25-1a2b3c4d', at: NOW - HOUR, reason: 'it is empty' };
const WELL: FeedFacts = {
  paused: false,
  expected: null,
  listensSince: NOW - 100n * HOUR,
  heardAt: null,
  held: null,
  failed: null,
};
const modes = (facts: Partial<FeedFacts>, now = NOW) =>
  faultsOf({ ...WELL, ...facts }, now).map(({ mode }) => mode);

describe('a feed', () => {
  it('of which nothing is expected is well, however long nothing comes', () => {
    expect(modes({})).toEqual([]);
  });

  it.each([
    ['is held', { held: run }, ['feed_held']],
    ['failed', { failed: run }, ['feed_unreadable']],
    ['is held, and a later file failed', { held: run, failed: run }, ['feed_held', 'feed_unreadable']],
    ['is held though paused', { held: run, paused: true }, ['feed_held']],
    ['failed, and was paused', { failed: run, paused: true }, []],
    ['is silent, and was paused', { expected: HOUR, paused: true }, []],
  ])('that %s', (_, facts, expected) => {
    expect(modes(facts)).toEqual(expected);
  });

  it('is silent from the moment on at which its time has passed', () => {
    const facts = { expected: 26n * HOUR, heardAt: NOW - 26n * HOUR + 1n };
    expect(modes(facts)).toEqual([]);
    expect(modes(facts, NOW + 1n)).toEqual(['supplier_silent']);
    expect(faultsOf({ ...WELL, ...facts }, NOW + HOUR)).toEqual([
      { mode: 'supplier_silent', since: NOW + 1n },
    ]);
  });

  it('that never heard anything counts from when it began to listen', () => {
    const facts = { expected: 2n * HOUR, listensSince: NOW - HOUR };
    expect(modes(facts)).toEqual([]);
    expect(modes(facts, NOW + HOUR)).toEqual(['supplier_silent']);
    expect(modes({ ...facts, heardAt: NOW - 90n * HOUR })).toEqual([]);
  });

  it('is not silent by a clock that went back', () => {
    expect(modes({ expected: HOUR, heardAt: NOW + 5n * HOUR })).toEqual([]);
  });
});
