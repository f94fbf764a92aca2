import { z } from 'zod';
import { LONGEST_RETRY_AFTER_MS } from '../../retry-after.ts';

/** What an answer says of cost. */
const answered = z.object({
  errors: z.array(z.object({ extensions: z.object({ code: z.literal('THROTTLED') }) })).min(1),
  extensions: z
    .object({
      cost: z.object({
        requestedQueryCost: z.number(),
        throttleStatus: z.object({ currentlyAvailable: z.number(), restoreRate: z.number().positive() }),
      }),
    })
    .optional()
    .catch(undefined),
});

/** Where an answer does not say how long it takes. */
const UNKNOWN_MS = 2_000;

/**
 * How long it takes until what a call costs is there again, in ms: points come back at a rate of so many a second.
 *
 * @returns undefined for an answer that is not throttled
 */
export function throttledForMs(json: unknown): number | undefined {
  const answer = answered.safeParse(json).data;
  if (!answer) return undefined;
  if (!answer.extensions) return UNKNOWN_MS;
  const { requestedQueryCost, throttleStatus } = answer.extensions.cost;
  const missing = requestedQueryCost - throttleStatus.currentlyAvailable;
  const ms = Math.ceil((Math.max(missing, 0) / throttleStatus.restoreRate) * 1_000);
  return Math.min(ms, LONGEST_RETRY_AFTER_MS);
}
