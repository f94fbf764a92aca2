import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseUnavailable } from '../database/database-unavailable.ts';

/** After each step a prune rests three times as long as the step took, but no longer than so many ms. */
const LONGEST_REST_MS = 2_000;
const TRIES = 5;
const TRY_AGAIN_MS = 1_000;

/**
 * Three quarters of the time are left to live work; where that makes steps slow, more of it.
 *
 * @returns what is called between two steps; it throws the signal's reason once that fires
 */
export function restAfterSteps(signal: AbortSignal | undefined): () => Promise<void> {
  let begun = performance.now();
  return async () => {
    signal?.throwIfAborted();
    const ms = Math.min(3 * (performance.now() - begun), LONGEST_REST_MS);
    await sleep(ms, undefined, { ...(signal && { signal }) }).catch(() => undefined);
    signal?.throwIfAborted();
    begun = performance.now();
  };
}

/** A step that met a deadlock, or a database that was away for a moment, is taken again. */
export async function trying<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries >= TRIES || !isDatabaseUnavailable(error)) throw error;
      await sleep(TRY_AGAIN_MS * tries);
    }
  }
}
