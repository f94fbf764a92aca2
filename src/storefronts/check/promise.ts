import type { CheckedStorefront } from './checked-storefront.ts';

/** What came of trying a promise. */
export interface Outcome {
  /** `skipped`: there was nothing to try it on, which is no fault. */
  status: 'ok' | 'failed' | 'skipped';
  /** What happened. */
  detail: string;
  /** Of a failed one: what to implement, where it is something else than the promise says. */
  todo?: string;
}

/** One thing that a storefront is to do, and how it is tried out. */
export interface StorefrontPromise {
  /** Names it for programs, and in `needs`. */
  id: string;
  /** What the storefront does, as the end of "the storefront …". */
  name: string;
  /** What goes wrong without it. */
  why: string;
  /** What to implement where it is not kept. */
  todo: string;
  /** Those that have to be kept for this one to say anything, by their ids. */
  needs?: readonly string[];
  /** It cleans up: tried also when the check is stopped. */
  always?: true;
  /** @throws StorefrontSilent where a page cannot be read: then it is not kept */
  try(storefront: CheckedStorefront): Promise<Outcome>;
}

export const kept = (detail: string): Outcome => ({ status: 'ok', detail });
export const broken = (detail: string, todo?: string): Outcome => ({
  ...{ status: 'failed', detail },
  ...(todo !== undefined && { todo }),
});
export const untried = (detail: string): Outcome => ({ status: 'skipped', detail });
