import { z } from 'zod';
import { FATES } from '../../domain/fate.ts';

const time = z.string().meta({ format: 'date-time' });

const ownEvent = z.object({
  eventId: z.string(),
  sku: z.string().meta({ description: "As it arrived, or what the shop's alias makes of it." }),
  location: z.string().nullable().meta({ description: 'The warehouse or shop; null: none is named.' }),
  quantity: z.int(),
  updatedAt: time,
  updatedAtSent: z
    .string()
    .nullable()
    .meta({ description: 'As it was sent, when digits finer than a microsecond were cut.' }),
  receivedAt: time,
  fate: z.enum(FATES).meta({ description: "It follows from this supplier's own events alone." }),
  words: z.string().meta({ description: 'The fate in a sentence.' }),
  standing: z.string().nullable().meta({
    description: 'The event of this supplier that counts for the same item and location; null: none does.',
  }),
  failureMode: z.string().nullable().meta({
    description:
      'Of a rejected event: how it went wrong; `unknown_sku` of a held one that waits for an alias of its code.',
  }),
  duplicates: z.int().meta({ description: 'Further deliveries of the id with the same content.' }),
  conflicts: z.int().meta({ description: 'Further deliveries of the id with another content: refused.' }),
});

/** A supplier's own events. */
export const ownEventsSchema = z.object({ events: z.array(ownEvent) }).meta({ id: 'OwnEvents' });

/** One of them, and what its supplier says of its item now. */
export const ownEventSchema = z
  .object({
    event: ownEvent,
    figures: z
      .array(
        z.object({
          location: z.string().nullable(),
          eventId: z.string(),
          quantity: z.int(),
          updatedAt: time,
          expired: z.boolean().meta({ description: 'Too old to count.' }),
        }),
      )
      .meta({ description: 'What this supplier says of the item now, a figure a location.' }),
  })
  .meta({ id: 'OwnEvent' });

export type OwnEvents = z.output<typeof ownEventsSchema>;
export type OwnEventFate = z.output<typeof ownEventSchema>;
