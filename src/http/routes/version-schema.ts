import { z } from 'zod';
import { STOCK_RULES } from '../../domain/stock.ts';
import { shareSchema } from './item-schema.ts';

const time = z.string().meta({ format: 'date-time' });
const eventName = { supplier: z.string(), eventId: z.string() };

/** What a version says and what it was made of. */
export const versionFields = {
  version: z.int(),
  quantity: z.int(),
  updatedAt: time,
  ...eventName,
  rule: z.string().meta({ description: 'How it was made.' }),
  stockRule: z
    .enum(STOCK_RULES)
    .nullable()
    .meta({ description: "The tenant's stock rule then; null: the figure is that of one event." }),
  stock: z.int().nullable().meta({ description: 'Pieces before what was kept back of the item.' }),
  shares: z
    .array(shareSchema)
    .nullable()
    .meta({ description: 'What each supplier said of each location then, the newest first.' }),
  createdAt: time,
  replayId: z.string().nullable(),
  causedBy: z.object(eventName).nullable().meta({ description: 'The void that gave the item to the event.' }),
};
