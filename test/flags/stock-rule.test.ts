import { expect, it } from 'vitest';
import { NEWEST, type StockRule } from '../../src/domain/stock.ts';
import { changedStockRule } from '../../src/flags/stock-rule.ts';

const priority: StockRule = {
  rule: 'priority',
  order: ['acme', 'globex'],
  supplierReserves: { acme: 1 },
  reserve: 2,
  maxShown: 9,
};

it('what a change does not name stays as it is', () => {
  expect(changedStockRule(priority, { reserve: 3 })).toEqual({ ...priority, reserve: 3 });
  expect(changedStockRule(priority, { rule: 'lowest' })).toEqual({ ...priority, rule: 'lowest' });
});

it('by newest, with nothing kept back, a tenant is where it was before it had a rule', () => {
  const bare = { ...priority, supplierReserves: {}, reserve: 0, maxShown: undefined };
  expect(changedStockRule(bare, { rule: 'newest' })).toEqual(NEWEST);
  expect(changedStockRule(NEWEST, { supplierOrder: ['acme'] })).toEqual(NEWEST);
});
