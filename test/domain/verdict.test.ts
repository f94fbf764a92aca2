import { describe, expect, it } from 'vitest';
import { judgeValue, meets, targetText, valueText, worst } from '../../src/domain/verdict.ts';
import { ALL_SIGNALS } from '../../src/signals/index.ts';

const below = { below: 0.01 };

describe('judging a reading', () => {
  it('misses at the limit itself, and passes below it', () => {
    expect(judgeValue({ value: 0.01, of: 100 }, below, 1)).toBe('miss');
    expect(judgeValue({ value: 1 / 101, of: 101 }, below, 1)).toBe('pass');
    expect(judgeValue({ value: 90, of: 1 }, { below: 90 }, 1)).toBe('miss');
    expect(judgeValue({ value: 89.999999, of: 1 }, { below: 90 }, 1)).toBe('pass');
  });

  it('passes for exactly all only', () => {
    expect(judgeValue({ value: 1, of: 7 }, { exactly: 1 }, 1)).toBe('pass');
    expect(judgeValue({ value: (1e6 - 1) / 1e6, of: 1e6 }, { exactly: 1 }, 1)).toBe('miss');
  });

  it.each([
    [null, 0],
    [null, 500],
    [Number.NaN, 500],
    [Number.POSITIVE_INFINITY, 500],
    [0, 199],
    [1, 199],
  ])('is inconclusive for %s of %s', (value, of) => {
    expect(judgeValue({ value, of }, below, 200)).toBe('inconclusive');
  });
});

describe('the worst verdict', () => {
  it('is a miss before an inconclusive one before a pass', () => {
    expect(worst(['pass', 'inconclusive', 'miss'])).toBe('miss');
    expect(worst(['pass', 'inconclusive'])).toBe('inconclusive');
    expect(worst(['pass', 'pass'])).toBe('pass');
  });

  it('of nothing is inconclusive', () => {
    expect(worst([])).toBe('inconclusive');
  });
});

describe('a value in words', () => {
  it.each([
    [null, 'fraction', 'no data'],
    [0, 'fraction', '0.00 %'],
    [0.0031, 'fraction', '0.31 %'],
    [0.0029, 'fraction', '0.29 %'],
    [0.00996, 'fraction', '0.99 %'],
    [0.01, 'fraction', '1.00 %'],
    [0.00001, 'fraction', '0.0010 %'],
    [0.99999, 'fraction', '99.99 %'],
    [1, 'fraction', '100.00 %'],
    [12.44, 'seconds', '12.4 s'],
    [89.99, 'seconds', '89.9 s'],
    [90, 'seconds', '90.0 s'],
  ] as const)('%s as a %s is %s', (value, unit, text) => {
    expect(valueText(value, unit)).toBe(text);
  });
});

describe('a target', () => {
  it('is the bound in words', () => {
    expect(targetText({ below: 0.01 }, 'fraction')).toBe('< 1 %');
    expect(targetText({ below: 0.005 }, 'fraction')).toBe('< 0.5 %');
    expect(targetText({ below: 90 }, 'seconds')).toBe('< 90 s');
    expect(targetText({ exactly: 1 }, 'fraction')).toBe('100 %');
  });

  it('in words is what is judged', () => {
    for (const { bound, unit } of ALL_SIGNALS) {
      const limit = 'below' in bound ? bound.below : bound.exactly;
      expect(targetText(bound, unit)).toContain(unit === 'seconds' ? `${limit} s` : `${limit * 100} %`);
      expect(meets(limit, bound)).toBe('exactly' in bound);
    }
  });
});
