import { z } from 'zod';
import { STOCK_RULES } from '../../domain/stock.ts';
import type { TraceItem } from '../../trace/trace.ts';

/** What a supplier says of a location, and whether it counts. */
export const shareSchema = z.object({
  supplier: z.string(),
  location: z.string(),
  eventId: z.string(),
  quantity: z.int().meta({ description: 'As it arrived; below 0 it counts as 0.' }),
  updatedAt: z.string().meta({ format: 'date-time' }),
  counts: z.boolean(),
  why: z.string(),
});

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
    eventId: z
      .string()
      .meta({ description: 'The greatest event that counts; where none does, the greatest.' }),
    rule: z.enum(STOCK_RULES).meta({ description: "The tenant's stock rule." }),
    stock: z.int().meta({ description: 'Pieces before what is kept back of the item.' }),
    reserve: z.int().meta({ description: 'Pieces of the item that are kept back.' }),
    maxShown: z.int().nullable().meta({ description: 'At most so many are shown; null: any number.' }),
    shares: z
      .array(shareSchema)
      .meta({ description: 'What each supplier says of each location, the newest first.' }),
  })
  .meta({ id: 'Item' }) satisfies z.ZodType<TraceItem>;
