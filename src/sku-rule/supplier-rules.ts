import type { SupplierRules } from '../domain/normalize.ts';
import { seconds } from '../domain/time.ts';
import { fitsSkuRule } from './sku-rule.ts';

/** A supplier's rules as the tables hold them, ready to judge events by. */
export function supplierRules(row: { skuPattern: string; clockToleranceSeconds: number }): SupplierRules {
  const { skuPattern, clockToleranceSeconds } = row;
  return {
    skuPattern,
    fitsPattern: (sku) => fitsSkuRule(skuPattern, sku),
    clockTolerance: seconds(clockToleranceSeconds),
  };
}
