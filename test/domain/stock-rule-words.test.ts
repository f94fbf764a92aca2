import { describe, expect, it } from 'vitest';
import { NEWEST } from '../../src/domain/stock.ts';
import { isSameStockRule, stockRuleInWords } from '../../src/domain/stock-rule-words.ts';

describe('a stock rule', () => {
  it('is told with all that it does', () => {
    expect(stockRuleInWords(NEWEST)).toBe('newest');
    expect(
      stockRuleInWords({
        rule: 'priority',
        order: ['acme', 'globex'],
        supplierReserves: { globex: 1, acme: 3 },
        reserve: 2,
        maxShown: 10,
      }),
    ).toBe(
      'priority (acme, globex); 2 kept back; at most 10 shown; of acme 3 kept back; of globex 1 kept back',
    );
  });

  it('does not seem to take those figures alone whose order is kept for another rule', () => {
    expect(stockRuleInWords({ ...NEWEST, rule: 'sum', order: ['acme', 'globex'] })).toBe(
      'sum; order for priority: acme, globex',
    );
  });

  it('is the same whatever order its reserves were given in, and another with another order of suppliers', () => {
    const rule = { ...NEWEST, supplierReserves: { acme: 1, globex: 2 }, order: ['acme', 'globex'] };
    expect(isSameStockRule(rule, { ...rule, supplierReserves: { globex: 2, acme: 1 } })).toBe(true);
    expect(isSameStockRule(rule, { ...rule, order: ['globex', 'acme'] })).toBe(false);
  });
});
