import type { SignalName, Verdict } from './signals.ts';
import type { Micros } from './time.ts';
import { SAMPLE_VALID_US } from './verdict.ts';

/** How long a launch has been watched. */
export interface Watch {
  /** Grows each time that the watch begins anew after something had been counted. */
  number: number;
  beganAt: Micros;
  /** Working time with every signal green. */
  watched: Micros;
  /** The last sample that was counted, and what it said. */
  sampledAt: Micros | null;
  verdict: Verdict | null;
  lastMiss: Miss | null;
}

export interface Miss {
  at: Micros;
  signal: SignalName;
  reason: string;
}

/** All signals of one moment, as the gate goes by them. */
export interface Sample {
  at: Micros;
  /** The worst of them. */
  verdict: Verdict;
  /** The first that missed; null when none did. */
  miss: Omit<Miss, 'at'> | null;
}

/**
 * A watch after one more sample. A span counts when it begins and ends green and is not longer than a sample holds.
 * A miss begins the watch anew, also one that is told late. Another sample that is not later than the last one, or
 * than the watch's beginning, changes nothing: so a clock that goes back counts no time twice.
 *
 * @param workingTime gives the working time between two moments
 */
export function advanceWatch(
  watch: Watch,
  { at, verdict, miss }: Sample,
  workingTime: (from: Micros, to: Micros) => Micros,
): Watch {
  const last = watch.sampledAt ?? watch.beganAt;
  if (miss) {
    const anew = at > last ? at : last;
    return {
      number: watch.verdict === 'miss' ? watch.number : watch.number + 1,
      beganAt: anew,
      watched: 0n,
      sampledAt: anew,
      verdict,
      lastMiss: { ...miss, at },
    };
  }
  if (at <= last) return watch;
  const counts =
    verdict === 'pass' &&
    watch.verdict === 'pass' &&
    watch.sampledAt !== null &&
    at - watch.sampledAt <= SAMPLE_VALID_US;
  const watched = counts ? watch.watched + workingTime(last, at) : watch.watched;
  return { ...watch, watched, sampledAt: at, verdict };
}
