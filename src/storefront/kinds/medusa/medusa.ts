import { byStock, listedByStock } from '../admin/by-stock.ts';
import type { Kind } from '../kind.ts';
import { inventoryItemsOf } from './inventory-items.ts';
import { medusaSchema } from './medusa-schema.ts';

/**
 * A Medusa shop, by its Admin API: the stocked quantity of inventory items is set by SKU, and their metadata keep our
 * version. The stocked quantity is what the shop takes its own reservations from, which suppliers do not know of yet.
 */
export const medusa: Kind = {
  config: medusaSchema,
  ...byStock(inventoryItemsOf),
  ...listedByStock(inventoryItemsOf),
  mostItems: 50,
  // Each of them costs a call of its own for its version.
  limits: { callsAtOnce: 1, itemsPerCall: 20 },
};
