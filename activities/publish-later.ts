import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { withoutStack } from '../src/domain/without-stack.ts';
import { PAUSE_AFTER_FIRST_MS } from './publish-catalog-item.policy.ts';
import type { Resting } from './storefront-breaker.ts';

/** About how long what found no place waits before it comes back, in ms. */
export const NO_PLACE_MS = 5_000;
/** The most times as long, for one that came back in vain. */
export const MOST_NO_PLACE = 20;

/** Of a thousand that come in vain, some ten a second come back: a dead storefront takes little from the others. */
const EACH_IN_VAIN_MS = 100;
/** However many there are, each comes back within about so long; and within about as long as it has been dead. */
const MOST_IN_VAIN_MS = 300_000;

/** So that those who wait do not come back all at once. */
export const spread = (ms: number): number => Math.round(ms * (0.5 + Math.random()));

/** Of storefronts that failed again and again, as this process knows: for so long they are not called. */
export function leftAlone(
  resting: readonly Resting[],
  inVain: { count: number; forMs: number },
): ApplicationFailure {
  if (resting.length === 0) return unreachable('a storefront before them failed');
  const words = resting.map(
    ({ storefront, reason }) =>
      `the storefront ${storefront} failed several times in a row, last by: ${reason}`,
  );
  const left = Math.min(...resting.map(({ forMs }) => forMs));
  const pause = Math.max(
    NO_PLACE_MS,
    Math.min(MOST_IN_VAIN_MS, inVain.count * EACH_IN_VAIN_MS, inVain.forMs),
  );
  return unreachable(`${words.join('; ')}. It is left alone for a while`, left + spread(pause));
}

/** How long Temporal waits after a failure before it tries again, in ms; a first pause where that is its policy's. */
export function waitOf({ nextRetryDelay }: ApplicationFailure): number {
  return typeof nextRetryDelay === 'number' ? nextRetryDelay : PAUSE_AFTER_FIRST_MS;
}

/**
 * A failure after which it is tried again.
 *
 * @param retryAfterMs how long the storefront asked to be left alone, if it did
 */
export function unreachable(reason: string, retryAfterMs?: number): ApplicationFailure {
  const message = reason.startsWith('publish catalog item: ') ? reason : `publish catalog item: ${reason}`;
  // For the workflow after a first attempt, by this machine's clock: its own stands still while an activity runs.
  const retryAt = new Date(Date.now() + (retryAfterMs ?? PAUSE_AFTER_FIRST_MS)).toISOString();
  return withoutStack(
    ApplicationFailure.create({
      message,
      type: 'storefront_unreachable',
      nonRetryable: false,
      ...(Context.current().info.isLocal && { details: [{ retryAt }] }),
      ...(retryAfterMs !== undefined && { nextRetryDelay: Math.ceil(retryAfterMs) }),
    }),
  );
}
