import { z } from 'zod';

/** What may be set as the limits of a storefront. */
export const limitsSchema = z.strictObject({
  callsPerSecond: z.number().min(0.01).max(10_000).optional(),
  itemsPerCall: z.int().min(1).max(1_000).optional(),
  callsAtOnce: z.int().min(1).max(100).optional(),
});
