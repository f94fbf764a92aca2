import { z } from 'zod';

/** What a text may mean, and items whose names look like it. */
export const searchSchema = z
  .object({
    items: z
      .array(
        z.object({
          itemId: z.string(),
          sku: z.string().meta({ description: "For the item's and the trace's address." }),
          events: z.array(z.object({ supplier: z.string(), eventId: z.string() })).meta({
            description: 'Events that have the text as their id; empty: the text is its SKU or id.',
          }),
        }),
      )
      .meta({ description: 'Exact hits: by SKU, item id or event id.' }),
    near: z
      .array(z.object({ itemId: z.string(), sku: z.string() }))
      .meta({ description: 'The likeliest first; only without an exact hit.' }),
    archived: z
      .array(
        z.object({
          supplier: z.string(),
          eventId: z.string(),
          where: z.string().meta({ description: 'In which archive, and since when.' }),
        }),
      )
      .meta({ description: 'Events of this id that have left the ledger by age.' }),
  })
  .meta({ id: 'SearchHits' });

export type SearchHits = z.output<typeof searchSchema>;
