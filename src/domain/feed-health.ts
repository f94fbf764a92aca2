import type { FeedFailure } from './failure-modes.ts';
import type { Micros } from './time.ts';

/** A run of a feed, and what is said of it. */
export interface NotedRun {
  runId: string;
  /** When it began. */
  at: Micros;
  reason: string;
}

/** What is known of a feed, and of whoever sends its files. */
export interface FeedFacts {
  paused: boolean;
  /** How long its supplier may be silent; null: for ever. */
  expected: Micros | null;
  /** Since when its source is looked at: before that, nobody could be heard. */
  listensSince: Micros;
  /** When its supplier was last heard from, by this feed or otherwise; null: never. */
  heardAt: Micros | null;
  /** The oldest run that waits for somebody's decision. */
  held: NotedRun | null;
  /** The last run, or the last one whose file came, if that one failed. */
  failed: NotedRun | null;
}

export interface FeedFault {
  mode: FeedFailure;
  since: Micros;
  /** Undefined: no run is to blame. */
  run?: NotedRun;
}

/**
 * What is wrong with a feed, the worst for customers first. Of one that is paused nobody expects anything: neither its
 * silence nor the file that failed last is a fault. A file that is held waits for somebody all the same.
 */
export function faultsOf(facts: FeedFacts, now: Micros): FeedFault[] {
  const { paused, held, failed } = facts;
  const faults: FeedFault[] = [];
  if (held) faults.push({ mode: 'feed_held', since: held.at, run: held });
  if (paused) return faults;
  if (failed) faults.push({ mode: 'feed_unreadable', since: failed.at, run: failed });
  const silentAt = silentFrom(facts);
  if (silentAt !== null && now >= silentAt) faults.push({ mode: 'supplier_silent', since: silentAt });
  return faults;
}

/** From when on the supplier is silent for too long, if nothing comes until then. */
function silentFrom({ expected, listensSince, heardAt }: FeedFacts): Micros | null {
  if (expected === null) return null;
  return (heardAt !== null && heardAt > listensSince ? heardAt : listensSince) + expected;
}
