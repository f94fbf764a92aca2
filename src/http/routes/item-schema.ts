import { z } from 'zod';
import type { TraceItem } from '../../trace/trace.ts';

/** What the catalog says of an item. */
export const itemSchema = z
  .object({
    itemId: z.string(),
    tenant: z.string(),
    sku: z.string(),
    quantity: z.int(),
    version: z.int(),
    updatedAt: z.string().meta({ format: 'date-time' }),
    supplier: z.string(),
    eventId: z.string().meta({ description: 'The event that wins.' }),
  })
  .meta({ id: 'Item' }) satisfies z.ZodType<TraceItem>;
