import type { AttemptStart, AttemptToSend } from '../src/ledger/publish-attempt.ts';
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
  take(event: { tenant: string; seq: string }, version: number): Handed | undefined;
}

/** So long is what was begun good for, in ms: the publish comes within some ms, in the same workflow task, or elsewhere. */
const GOOD_FOR_MS = 2_000;
/** A save that took longer, in ms, has had its time limit, or nearly: its workflow does not wait for it any more. */
const LATE_MS = 3_500;

/**
 * @param parts.drop told of an attempt that nobody will make a call for
 * @param now in ms, by a clock that is not set back
 */
export function createBegunAttempts(
  parts: {
    breaker: StorefrontBreaker;
    asked: AskedToWait;
    firstAttempts: FirstAttempts;
    drop: (attempt: AttemptToSend) => void;
  },
  now: () => number = () => performance.now(),
): BegunAttempts {
  const { breaker, asked, firstAttempts, drop } = parts;
  const begun = new Map<string, Handed & { version: number; timer: NodeJS.Timeout }>();

  function give(start: AttemptStart | undefined, end: () => void): void {
    if (start?.verdict === 'send') drop(start);
    end();
  }

  function forget(seq: string): (Handed & { version: number }) | undefined {
    const found = begun.get(seq);
    clearTimeout(found?.timer);
    begun.delete(seq);
    return found;
  }

  const namesOfResting = (tenant: string): string[] =>
    breaker.resting(tenant).map(({ storefront }) => storefront);

  return {
    prepare({ tenant, seq, itemId }) {
      const target = storefrontsOf(tenant);
      if (!firstAttempts.allowed(target)) return undefined;
      const end = firstAttempts.begin(target);
      const preparedAt = now();
      return {
        failed: [...namesOfResting(tenant), ...asked.of({ itemId })],
        hand(version, start) {
          const before = forget(seq);
          if (before) give(before.start, before.end);
          if (version === undefined || !start || now() - preparedAt > LATE_MS) {
            give(start, end);
            return;
          }
          const timer = setTimeout(() => {
            begun.delete(seq);
            give(start, end);
          }, GOOD_FOR_MS);
          timer.unref();
          begun.set(seq, { start, end, version, timer });
        },
      };
    },
    take({ tenant, seq }, version) {
      const found = forget(seq);
      if (!found) return undefined;
      const { start, end } = found;
      const rests = start.verdict === 'send' && namesOfResting(tenant).includes(start.storefront);
      if (found.version === version && !rests) return { start, end };
      give(start, end);
      return undefined;
    },
  };
}
