import { allowance } from '../admin/allowance.ts';
import { listStock } from '../admin/list-stock.ts';
import { publishStock } from '../admin/publish-stock.ts';
import { readStock } from '../admin/read-stock.ts';
import type { Kind } from '../kind.ts';
import { inventoryItemsOf } from './inventory-items.ts';
import { medusaSchema } from './medusa-schema.ts';

/**
 * A Medusa shop, by its Admin API: the stocked quantity of inventory items is set by SKU, and their metadata keep our
 * version. The stocked quantity is what the shop takes its own reservations from, which suppliers do not know of yet.
 */
export const medusa: Kind = {
  config: medusaSchema,
  secret: 'given',
  readsWithSecret: true,
  mostItems: 50,
  // Each of them costs a call of its own for its version.
  limits: { callsAtOnce: 1, itemsPerCall: 20 },
  publish(storefront, { messages, ...call }) {
    const time = allowance(call);
    return publishStock(() => inventoryItemsOf(storefront, time), messages, time);
  },
  readBack: (storefront, { item, timeoutMs }) =>
    readStock(inventoryItemsOf(storefront, allowance({ timeoutMs })), item.sku),
  readList: (storefront, { timeoutMs, ...asked }) =>
    listStock(JSON.stringify([storefront.url, storefront.config, asked.tenant]), {
      ...{ shop: inventoryItemsOf(storefront, allowance({ timeoutMs })), ...asked },
    }),
};
