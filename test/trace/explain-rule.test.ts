import { spanInWords } from '../../src/domain/span.ts';
import { describe, expect, it } from 'vitest';
import { mustParseTime } from '../../src/domain/time.ts';
import { decide, type Contender } from '../../src/domain/winner.ts';
import { beatClause, explainRule } from '../../src/trace/explain-rule.ts';

const at = (time: string, more: Partial<Contender> = {}): Contender => ({
  supplier: 'acme',
  eventId: 'e-17',
  quantity: 7,
  updatedAt: mustParseTime(time),
  ...more,
});

const winner = at('2026-06-01T10:00:05Z');
const explain = (event: Contender): string => explainRule(decide(winner, event).rule, event, winner);

describe('a rule in words', () => {
  it('names the figures that it compared, and whose they are', () => {
    expect(explain(at('2026-06-01T10:00:01Z', { eventId: 'e-16' }))).toBe(
      "older: updatedAt 10:00:01.000000 < 10:00:05.000000 of acme's event e-17",
    );
    expect(explain(at('2026-06-01T10:00:05Z', { eventId: 'e-16', quantity: 9 }))).toBe(
      "higher quantity: 9 > 7 of acme's event e-17, at the same updatedAt",
    );
    expect(explain(at('2026-06-01T10:00:05Z', { supplier: 'zed' }))).toBe(
      "greater supplier: zed > acme's event e-17, at the same updatedAt and quantity",
    );
    expect(explain(at('2026-06-01T10:00:05Z', { eventId: 'e-16' }))).toBe(
      'lesser event id: e-16 < e-17, at the same updatedAt and quantity',
    );
  });

  it('says what a quantity below 0 means', () => {
    expect(explain(at('2026-06-01T10:00:05Z', { eventId: 'e-16', quantity: -3 }))).toBe(
      "lower quantity: -3 (oversold by 3, counts as 0) < 7 of acme's event e-17, at the same updatedAt",
    );
  });

  it('gives the dates too when they differ', () => {
    expect(explain(at('2026-05-31T23:59:59Z', { eventId: 'e-16' }))).toContain(
      '2026-05-31T23:59:59.000000Z < 2026-06-01T10:00:05.000000Z',
    );
  });

  it('needs nobody else for the first event', () => {
    expect(explainRule('first', winner, undefined)).toMatch(/^first: /);
  });
});

describe('how the winner beat another', () => {
  it.each([
    [at('2026-06-01T10:00:01Z', { eventId: 'e-16' }), 'it beat e-16 of acme, which is 4 s older'],
    [at('2026-06-01T10:00:05Z', { eventId: 'e-16', quantity: 9 }), 'which says 9 for the same moment'],
    [at('2026-06-01T10:00:05Z', { supplier: 'aaa' }), 'the greater supplier id wins'],
    [at('2026-06-01T10:00:05Z', { eventId: 'e-16' }), 'the greater event id wins'],
  ])('%#', (rival, words) => {
    expect(beatClause(winner, rival)).toContain(words);
  });
});

describe('a span', () => {
  it.each([
    [4_000_000n, '4 s'],
    [250_000n, '0.25 s'],
    [1n, '0.000001 s'],
    [123_000_000n, '2 min 3 s'],
    [10_920_000_000n, '3 h 2 min'],
    [3_600_000_000n, '1 h'],
    [432_000_000_000n, '5 days'],
    [90_000_000_000n, '1 day 1 h'],
  ])('of %d µs reads %s', (span, words) => {
    expect(spanInWords(span)).toBe(words);
  });
});
