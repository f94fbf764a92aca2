import { StorefrontSilent } from '../../get-answer.ts';
import type { Kind, OpenStorefront } from '../kind.ts';
import { adminApi, CallFailed } from './call-admin-api.ts';
import { publishToShop } from './publish.ts';
import { readVariants } from './read-variants.ts';
import { shopifySchema, type ShopifyConfig } from './shopify-schema.ts';

/** So many metafields a call may set; of quantities it would be 250. */
const MOST_ITEMS = 25;

/**
 * A shop at Shopify, told by its Admin API: the stock on hand of variants is set by SKU, at one location, and a metafield of
 * the variant keeps our version. It is tried against the API's published shapes only.
 */
export const shopify: Kind = {
  config: shopifySchema,
  secret: 'given',
  readsWithSecret: true,
  mostItems: MOST_ITEMS,
  limits: { callsAtOnce: 1, itemsPerCall: MOST_ITEMS },
  publish: (storefront, { messages, ...call }) =>
    publishToShop(adminApi(storefront, call), messages, locationOf(storefront)),
  async readBack(storefront, { item, timeoutMs }) {
    try {
      const call = adminApi(storefront, { timeoutMs });
      const variants = (await readVariants(call, [item.sku], locationOf(storefront))).get(item.sku) ?? [];
      const [variant] = variants;
      if (variants.length > 1)
        throw new StorefrontSilent(`read back item: ${variants.length} variants of the shop have this SKU`);
      if (variant?.onHand === undefined) return undefined;
      return { quantity: variant.onHand, version: variant.version };
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      const { reason, kind: _, ...answer } = error.answer;
      throw new StorefrontSilent(`read back item: ${reason}`, { cause: error, ...answer });
    }
  },
};

function locationOf({ config }: Pick<OpenStorefront, 'config'>): string {
  return (config as ShopifyConfig).location;
}
