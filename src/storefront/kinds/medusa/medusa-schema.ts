import { z } from 'zod';

/** What a storefront of kind medusa is told by. */
export const medusaSchema = z.strictObject({
  /** Of a user of the shop's admin; without one, the secret is a secret API key (`sk_…`). */
  email: z.string().min(1).max(300).optional(),
  /** The name or id of the stock location whose stock is set; not needed where there is one. */
  location: z.string().min(1).max(300).optional(),
  /** Under which the metadata of inventory items keep our version. */
  versionKey: z
    .string()
    .regex(/^[\w.-]+$/, 'letters, digits, and _ . -')
    .max(100)
    .default('catalog_sync_version'),
});

export type MedusaConfig = z.infer<typeof medusaSchema>;
