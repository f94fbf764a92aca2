import { z } from 'zod';

const ratio = z.number().min(0).max(1);

/** How the demo storefront misbehaves. `PUT /control` replaces it whole: what is left out goes back to its default. */
export const controlSchema = z.strictObject({
  /** Each cache bust is answered so much later. */
  delayMs: z.number().int().min(0).max(600_000).default(0),
  /** Cache busts are answered with this HTTP status. */
  failStatus: z.number().int().min(300).max(599).nullable().default(null),
  /** Goes with `failStatus`. */
  retryAfterSeconds: z.number().int().min(0).max(86_400).nullable().default(null),
  /** Cache busts are answered `accepted: false` with this reason. */
  rejectReason: z.string().min(1).max(1000).nullable().default(null),
  /** Which part of the calls fails, if `failStatus` is set; a call of several items fails as a whole. */
  failRatio: ratio.default(1),
  /** Which part of those that did not fail is rejected, if `rejectReason` is set. */
  rejectRatio: ratio.default(1),
  /** Answers `accepted: true`, but goes on showing the cached page. */
  ignoreBusts: z.boolean().default(false),
  /** Misbehaves for these item ids only. */
  items: z.array(z.string().max(1000)).max(10_000).optional(),
});

export type Control = z.infer<typeof controlSchema>;

export function wellBehaved(): Control {
  return controlSchema.parse({});
}

export interface Failure {
  status: number;
  retryAfterSeconds: number | null;
}

/**
 * How a call fails as a whole, if any of its items is to fail. It is drawn once: a call of many fails no more often.
 *
 * @param random gives numbers of [0, 1)
 */
export function failureOf(
  control: Control,
  itemIds: readonly string[],
  random: () => number,
): Failure | undefined {
  const { failStatus: status, retryAfterSeconds, failRatio } = control;
  if (status === null || !itemIds.some((itemId) => concerns(control, itemId))) return undefined;
  return random() < failRatio ? { status, retryAfterSeconds } : undefined;
}

export type Misbehaviour = { kind: 'none' | 'ignore' } | { kind: 'reject'; reason: string };

/** Of an item whose call did not fail. @param random gives numbers of [0, 1) */
export function misbehave(control: Control, itemId: string, random: () => number): Misbehaviour {
  if (!concerns(control, itemId)) return { kind: 'none' };
  if (control.rejectReason !== null && random() < control.rejectRatio) {
    return { kind: 'reject', reason: control.rejectReason };
  }
  return { kind: control.ignoreBusts ? 'ignore' : 'none' };
}

export function delayOf(control: Control, itemId: string): number {
  return concerns(control, itemId) ? control.delayMs : 0;
}

function concerns(control: Control, itemId: string): boolean {
  return control.items === undefined || control.items.includes(itemId);
}
