import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when the next may begin. */
export type Pace = () => Promise<void>;

/** Lets so many a second begin, evenly; what was not used is not made up for. */
export function createPace(perSecond: number): Pace {
  let next = 0;
  return async () => {
    const now = performance.now();
    const turn = Math.max(now, next);
    next = turn + 1000 / perSecond;
    if (turn > now) await sleep(turn - now);
  };
}
