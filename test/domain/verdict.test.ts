import { describe, expect, it } from 'vitest';
import { judge, valueText, worst } from '../../src/domain/verdict.ts';

const below = { below: 0.01 };

describe('judging a reading', () => {
  it('misses at the limit itself, and passes below it', () => {
    expect(judge({ value: 0.01, of: 100 }, below, 1)).toBe('miss');
    expect(judge({ value: 1 / 101, of: 101 }, below, 1)).toBe('pass');
    expect(judge({ value: 90, of: 1 }, { below: 90 }, 1)).toBe('miss');
    expect(judge({ value: 89.999999, of: 1 }, { below: 90 }, 1)).toBe('pass');
  });

  it('passes for exactly all only', () => {
    expect(judge({ value: 1, of: 7 }, { exactly: 1 }, 1)).toBe('pass');
    expect(judge({ value: (1e6 - 1) / 1e6, of: 1e6 }, { exactly: 1 }, 1)).toBe('miss');
  });

  it.each([
    [null, 0],
    [null, 500],
    [Number.NaN, 500],
    [Number.POSITIVE_INFINITY, 500],
    [0, 199],
    [1, 199],
  ])('is inconclusive for %s of %s', (value, of) => {
    expect(judge({ value, of }, below, 200)).toBe('inconclusive');
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
