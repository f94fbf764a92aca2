import { z } from 'zod';

const location = z
  .union([
    z.int().min(1),
    z
      .string()
      .regex(/^(gid:\/\/shopify\/Location\/)?\d+$/, 'the number of a location, or gid://shopify/Location/…'),
  ])
  .transform((given) => `gid://shopify/Location/${String(given).replace(/^.*\//, '')}`);

/** What a storefront of kind shopify needs besides its address and its access token. */
export const shopifySchema = z.strictObject({
  /** Where what may be sold lies: an item's one quantity stands for all that the catalog has of it. */
  location: location.meta({ description: 'Which location of the shop is told the quantity.' }),
});

export type ShopifyConfig = z.infer<typeof shopifySchema>;
