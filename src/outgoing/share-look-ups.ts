import type { LookupAddress } from 'node:dns';
import type { ResolveName } from './resolve-name.ts';

/** How long a look-up that failed is the answer, in ms. */
export const FAILURE_HOLDS_MS = 5_000;

/**
 * One look-up of a name at a time, for all who ask meanwhile, and after one that failed none for a while: a thousand
 * events for a storefront whose name server is dead ask it once.
 */
export function shareLookUps(resolve: ResolveName): ResolveName {
  const known = new Map<string, Promise<LookupAddress[]>>();
  return (hostname) => {
    const same = known.get(hostname);
    if (same) return same;
    const forget = () => known.delete(hostname);
    const answer = resolve(hostname);
    known.set(hostname, answer);
    void answer.then(forget, () => setTimeout(forget, FAILURE_HOLDS_MS).unref());
    return answer;
  };
}
