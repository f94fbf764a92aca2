import type { Micros } from '../domain/time.ts';

/**
 * A channel from when it was added until it is removed, in one word that workflows are given: one that still waits for the
 * receiver of a removed channel must not keep the next channel of that name waiting.
 */
export interface Term {
  name: string;
  /** When it was added. */
  since: Micros;
}

/** Names hold no `@`. */
export function wordOfTerm({ name, since }: Term): string {
  return `${name}@${since}`;
}

/** @returns without `since` what a former release gave its workflows, which were of whichever channel had the name. */
export function readTerm(word: string): Pick<Term, 'name'> & { since: Micros | undefined } {
  const [name = '', since] = word.split('@');
  return { name, since: since === undefined ? undefined : BigInt(since) };
}
