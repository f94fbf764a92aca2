import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../database/client.ts';
import { expireFigures } from '../../ledger/expire-figures.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { reasonOf } from '../../telemetry/reason-of.ts';

/** One look takes some tenths of a second then; saves of the same supplier's old events wait for it. */
const EVENTS_AT_A_TIME = 500;

/**
 * Of a supplier that falls silent all figures end at once. Their ends are due in the order in which they are written, as
 * live events are, so they come no faster than a worker decides them: else suppliers who do speak would wait behind.
 */
const MS_AN_END = 4;

export interface Expiry {
  /** Looks for figures that are too old, beside whatever else goes on, unless it does so already or did lately. */
  look(): void;
  /** Resolves when no look is under way, and none begins any more. */
  stop(): Promise<void>;
}

/**
 * Looks for figures that are too old. Every worker does: a supplier that another one looks at is passed over. A supplier
 * whose limit is new may have millions of events, so a look goes on for as long as there are more.
 *
 * @param everySeconds between two looks
 */
export function expiryOf(database: Database, log: Logger, everySeconds: number): Expiry {
  const stopped = new AbortController();
  let nextMs = 0;
  let underWay: Promise<void> | undefined;

  async function lookAtAll(): Promise<void> {
    try {
      for (let looked = EVENTS_AT_A_TIME; looked >= EVENTS_AT_A_TIME && !stopped.signal.aborted;) {
        const look = await expireFigures(database, EVENTS_AT_A_TIME);
        ({ looked } = look);
        await sleep(look.expired * MS_AN_END, undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'looking for figures that are too old failed; trying again');
    }
  }

  return {
    look: () => {
      if (stopped.signal.aborted || underWay || performance.now() < nextMs) return;
      underWay = lookAtAll().finally(() => {
        underWay = undefined;
        nextMs = performance.now() + everySeconds * 1000;
      });
    },
    stop: async () => {
      stopped.abort();
      await underWay;
    },
  };
}
