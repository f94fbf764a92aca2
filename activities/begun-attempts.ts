import type { AttemptStart } from '../src/ledger/publish-attempt.ts';
import type { AskedToWait } from './asked-to-wait.ts';
import type { FirstAttempts } from './first-attempts.ts';
import { storefrontsOf } from './storefront-calls.ts';
import type { StorefrontBreaker } from './storefront-breaker.ts';

/** A publish that a save may begin in its own transaction. */
export interface ForSave {
  /** Storefronts that are not to be told now. */
  failed: readonly string[];
  /** What the save began; undefined: nothing. */
  hand(version?: number, start?: AttemptStart): void;
}

/** What a save began, and its place among the first attempts. */
export interface Handed {
  start: AttemptStart;
  /** Gives the place back. */
  end(): void;
}

/** What saves began for the publishes that come after them, in this process. */
export interface BegunAttempts {
  /** @returns undefined while a first attempt is not worth making */
  prepare(event: { tenant: string; seq: string; itemId: string }): ForSave | undefined;
  /** What was begun for this event's version just now. */
  take(seq: string, version: number): Handed | undefined;
}

/**
 * So long is what was begun good for, in ms: the publish comes within some ms, in the same workflow task, or it comes in another
 * process, and begins anew. The attempt then ends as `unanswered`.
 */
const GOOD_FOR_MS = 2_000;

/** @param now in ms, by a clock that is not set back */
export function createBegunAttempts(
  parts: { breaker: StorefrontBreaker; asked: AskedToWait; firstAttempts: FirstAttempts },
  now: () => number = () => performance.now(),
): BegunAttempts {
  const { breaker, asked, firstAttempts } = parts;
  // In the order in which they were begun.
  const begun = new Map<string, Handed & { version: number; until: number }>();
  function forgetOld(): void {
    for (const [seq, { until, end }] of begun) {
      if (until > now()) break;
      begun.delete(seq);
      end();
    }
  }
  return {
    prepare({ tenant, seq, itemId }) {
      forgetOld();
      const target = storefrontsOf(tenant);
      if (!firstAttempts.allowed(target)) return undefined;
      const end = firstAttempts.begin(target);
      const resting = breaker.resting(tenant).map(({ storefront }) => storefront);
      return {
        failed: [...resting, ...asked.of({ itemId })],
        hand(version, start) {
          begun.get(seq)?.end();
          begun.delete(seq);
          if (version === undefined || !start) end();
          else begun.set(seq, { start, end, version, until: now() + GOOD_FOR_MS });
        },
      };
    },
    take(seq, version) {
      forgetOld();
      const found = begun.get(seq);
      if (found?.version !== version) return undefined;
      begun.delete(seq);
      return found;
    },
  };
}
