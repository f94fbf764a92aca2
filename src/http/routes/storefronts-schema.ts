import { z } from 'zod';
import { MOST_COUNTED } from '../../domain/most-counted.ts';

const limit = (description: string) => z.number().nullable().meta({ description });
const time = z.string().meta({ format: 'date-time' });

const calls = z
  .object({
    since: time.meta({
      description: '24 hours ago; later, where the tenant has had more calls than are looked through.',
    }),
    accepted: z.int(),
    rejected: z.int(),
    failed: z.int().meta({ description: 'No answer, or none that is a yes or a no: these are tried again.' }),
    underWay: z.int(),
    failedInARow: z.int().meta({
      description:
        'Failed ones since the last yes or no. From five on it is left alone for up to 30 s at a time.',
    }),
    last: z
      .object({
        itemId: z.string(),
        status: z.enum(['accepted', 'rejected', 'failed']),
        at: time,
        httpStatus: z.int().nullable(),
        reason: z.string().nullable(),
      })
      .nullable()
      .meta({ description: 'The one that ended last; null: none did.' }),
  })
  .meta({
    description: 'What began since then, one for each item of a call. Others of its name do not count.',
  });

/** A tenant's storefronts, and how they do. */
export const storefrontsSchema = z
  .object({
    storefronts: z
      .array(
        z.object({
          name: z.string(),
          kind: z.string().meta({ description: 'How it is told.' }),
          state: z.enum(['closed', 'open']),
          place: z.int().meta({ description: 'Those of a lower one are told first.' }),
          callsPerSecond: limit('Null: as many as there are to make.'),
          itemsPerCall: limit('Null: one.'),
          callsAtOnce: limit('Null: as many as there are to make, unless another limit is set.'),
          waiting: z
            .int()
            .nullable()
            .meta({
              description:
                `Items whose newest version it is still to be told of; ${MOST_COUNTED}: so many or more. ` +
                'Null: it is closed.',
            }),
          waitingForOthers: z
            .int()
            .nullable()
            .meta({ description: 'Of these, those that one of a lower place has to accept before.' }),
          calls,
        }),
      )
      .meta({ description: 'In the order in which they are told; none: the default one, if any, is told.' }),
  })
  .meta({ id: 'Storefronts' });

export type Storefronts = z.output<typeof storefrontsSchema>;
