import { allowance } from '../admin/allowance.ts';
import { listStock } from '../admin/list-stock.ts';
import { publishStock } from '../admin/publish-stock.ts';
import { readStock } from '../admin/read-stock.ts';
import type { Kind } from '../kind.ts';
import { variantsOf } from './variants.ts';
import { vendureSchema } from './vendure-schema.ts';

/**
 * A Vendure shop, by its Admin API: the stock on hand of variants is set by SKU, and a custom field keeps our version.
 * Stock on hand is what the shop takes its own open orders from, which suppliers do not know of yet.
 */
export const vendure: Kind = {
  config: vendureSchema,
  secret: 'given',
  readsWithSecret: true,
  mostItems: 100,
  limits: { callsAtOnce: 1, itemsPerCall: 50 },
  publish(storefront, { messages, ...call }) {
    const time = allowance(call);
    return publishStock(() => variantsOf(storefront, time), messages, time);
  },
  readBack: (storefront, { item, timeoutMs }) =>
    readStock(variantsOf(storefront, allowance({ timeoutMs })), item.sku),
  readList: (storefront, { timeoutMs, ...asked }) =>
    listStock(JSON.stringify([storefront.url, storefront.config, asked.tenant]), {
      ...{ shop: variantsOf(storefront, allowance({ timeoutMs })), ...asked },
    }),
};
