import { z } from 'zod';

/** What a storefront of kind vendure is told by. */
export const vendureSchema = z.strictObject({
  /** Of an administrator; without one, the secret is an API key. */
  username: z.string().min(1).max(300).optional(),
  /** Below the storefront's address. */
  path: z
    .string()
    .regex(/^[\w.~-]+(\/[\w.~-]+)*$/, 'a path such as admin-api')
    .max(200)
    .default('admin-api'),
  /** The token of a channel; the default one unless given. */
  channel: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'visible ASCII')
    .max(300)
    .optional(),
  /** The name or id of the stock location whose stock is set; not needed where there is one. */
  location: z.string().min(1).max(300).optional(),
  /** The custom field of variants that keeps our version. */
  versionField: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, 'a name as GraphQL has them')
    .max(100)
    .default('catalogSyncVersion'),
});

export type VendureConfig = z.infer<typeof vendureSchema>;
