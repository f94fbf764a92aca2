import { z } from 'zod';
import { STOCK_RULES } from '../../domain/stock.ts';

/** What a tenant makes of several suppliers of an item. */
export const stockRuleSchema = z
  .object({
    rule: z.enum(STOCK_RULES),
    supplierOrder: z.array(z.string()).meta({ description: 'For priority, the first first.' }),
    supplierReserves: z
      .record(z.string(), z.int())
      .meta({ description: 'Pieces of each figure of a supplier that are kept back.' }),
    reserve: z.int().meta({ description: 'Pieces of each item that are kept back.' }),
    maxShown: z.int().nullable().meta({ description: 'At most so many of an item are shown.' }),
  })
  .meta({ id: 'StockRule' });

/** A change of it that is under way. */
export const stockRuleChangeSchema = z
  .object({ replayId: z.string().meta({ description: 'Carries the change out, item by item.' }) })
  .nullable();

/** After how many seconds a supplier's figure counts no longer; null: never. */
export const figureExpiresSchema = z
  .int()
  .nullable()
  .meta({ description: 'After so many seconds a figure counts no longer.' });
