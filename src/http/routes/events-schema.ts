import { z } from 'zod';
import { FAILURE_MODES, type FailureMode } from '../../domain/failure-modes.ts';
import { EVENT_OUTCOMES } from '../../domain/event-outcome.ts';

const time = z.string().meta({ format: 'date-time' });

/** Events of the ledger, newest first by their time of arrival. */
export const eventsSchema = z
  .object({
    events: z.array(
      z.object({
        supplier: z.string(),
        eventId: z.string(),
        kind: z.enum(['update', 'correction', 'void', 'expiry']),
        location: z.string().nullable().meta({ description: 'The warehouse or shop; null: none is named.' }),
        sku: z.string().meta({ description: 'As it arrived.' }),
        itemId: z.string().nullable().meta({ description: 'Null before and without normalizing.' }),
        quantity: z.int().meta({ description: 'As it arrived; below 0: oversold, counts as 0.' }),
        updatedAt: time,
        updatedAtSent: z
          .string()
          .nullable()
          .meta({ description: 'As it was sent, when digits finer than a microsecond were cut.' }),
        receivedAt: time,
        outcome: z.enum(EVENT_OUTCOMES),
        failureMode: z
          .enum(Object.keys(FAILURE_MODES) as [FailureMode, ...FailureMode[]])
          .nullable()
          .meta({
            description:
              'How it went wrong; storefront_unreachable also while it is still tried, unknown_sku while it waits.',
          }),
        failureDetail: z.string().nullable(),
        duplicates: z.int().meta({ description: 'Further deliveries of the id with the same content.' }),
        conflicts: z
          .int()
          .meta({ description: 'Further deliveries of the id with another content: refused.' }),
        workflowId: z.string(),
        workflowUrl: z.string(),
      }),
    ),
  })
  .meta({ id: 'Events' });

export type Events = z.output<typeof eventsSchema>;
