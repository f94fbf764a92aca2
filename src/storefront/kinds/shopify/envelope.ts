import { z } from 'zod';
import { LONGEST_RETRY_AFTER_MS } from '../../retry-after.ts';

/** What every answer of the Admin API has around its data. */
export const envelope = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(
      z.object({ message: z.string(), extensions: z.object({ code: z.string().optional() }).optional() }),
    )
    .optional(),
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
export type Envelope = z.infer<typeof envelope>;

/** Where an answer does not say how long it takes. */
const UNKNOWN_MS = 2_000;

/** How long it takes until what a call costs is there again: points come back at a rate of so many a second. */
export function throttledForMs({ extensions }: Pick<Envelope, 'extensions'>): number {
  if (!extensions) return UNKNOWN_MS;
  const { requestedQueryCost, throttleStatus } = extensions.cost;
  const missing = requestedQueryCost - throttleStatus.currentlyAvailable;
  const ms = Math.ceil((Math.max(missing, 0) / throttleStatus.restoreRate) * 1_000);
  return Math.min(ms, LONGEST_RETRY_AFTER_MS);
}
