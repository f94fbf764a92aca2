import { z } from 'zod';
import { FAILURE_MODES, type FailureMode, type Risk } from '../../domain/failure-modes.ts';

const time = z.string().meta({ format: 'date-time' });

/** How often each failure mode was seen; every mode is there, in the order of the risks. */
export const failureModesSchema = z
  .object({
    since: time,
    failureModes: z.array(
      z.object({
        failureMode: z.enum(Object.keys(FAILURE_MODES) as [FailureMode, ...FailureMode[]]),
        risk: z.enum(['input', 'write', 'customer'] satisfies Risk[]),
        retried: z.boolean(),
        happens: z.string(),
        todo: z.string(),
        macro: z.string().meta({ description: 'What support may write to a customer or supplier.' }),
        count: z.int().meta({
          description:
            'Events, deliveries, read-backs or runs of feeds, by their time of arrival; and whatever the storefront does ' +
            'not take now, what waits for an alias or is held now, and who is silent now. Untraceable events are ' +
            'counted among the newest 5,000; the signal trace_coverage looks at all of 24 hours.',
        }),
        lastSeenAt: time.nullable(),
      }),
    ),
  })
  .meta({ id: 'FailureModes' });

export type FailureModes = z.output<typeof failureModesSchema>;
