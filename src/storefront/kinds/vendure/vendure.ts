import { byStock, listedByStock } from '../admin/by-stock.ts';
import type { Kind } from '../kind.ts';
import { variantsOf } from './variants.ts';
import { vendureSchema } from './vendure-schema.ts';

/**
 * A Vendure shop, by its Admin API: the stock on hand of variants is set by SKU, and a custom field keeps our version.
 * Stock on hand is what the shop takes its own open orders from, which suppliers do not know of yet.
 */
export const vendure: Kind = {
  config: vendureSchema,
  ...byStock(variantsOf),
  ...listedByStock(variantsOf),
  mostItems: 100,
  limits: { callsAtOnce: 1, itemsPerCall: 50 },
};
