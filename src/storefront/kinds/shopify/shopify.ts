import { byStock } from '../admin/by-stock.ts';
import type { Kind } from '../kind.ts';
import { shopifySchema } from './shopify-schema.ts';
import { variantsOf } from './variants.ts';

/** So many metafields a call may set; of quantities it would be 250. */
const MOST_ITEMS = 25;

/**
 * A shop at Shopify, told by its Admin API: the stock on hand of variants is set by SKU, at one location, and a metafield of
 * the variant keeps our version. It is tried against the API's published shapes only.
 */
export const shopify: Kind = {
  config: shopifySchema,
  ...byStock(variantsOf),
  mostItems: MOST_ITEMS,
  limits: { callsAtOnce: 1, itemsPerCall: MOST_ITEMS },
};
