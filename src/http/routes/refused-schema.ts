import { z } from 'zod';

/** Deliveries that were refused, newest first. */
export const refusedSchema = z
  .object({
    deliveries: z.array(
      z.object({
        id: z.string(),
        refusedAt: z.string().meta({ format: 'date-time' }),
        status: z.int(),
        code: z.string(),
        reason: z.string().meta({ description: 'What the sender was told.' }),
        faults: z
          .array(
            z.object({ pointer: z.string().optional(), header: z.string().optional(), detail: z.string() }),
          )
          .meta({ description: 'The first five, as the answer named them.' }),
        faultsTotal: z.int(),
        bytes: z.int().nullable().meta({ description: 'Of the body; null: it was not read.' }),
        signed: z.boolean().meta({ description: 'False: anybody may have sent it.' }),
        unwritten: z.int().meta({
          description: 'How many more were refused since the one before, too many to be written down.',
        }),
      }),
    ),
  })
  .meta({ id: 'RefusedDeliveries' });

export type RefusedDeliveries = z.output<typeof refusedSchema>;
