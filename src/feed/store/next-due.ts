import { microsOf, seconds, type Micros } from '../../domain/time.ts';
import type { FeedDefinition } from '../definition/feed-schema.ts';
import { nextOfCron } from './next-of-cron.ts';

/** When a feed's source is to be looked at for the first time; null: by command alone. */
export function firstDue({ every }: FeedDefinition, now: Date): Micros | null {
  if (every === undefined) return null;
  return typeof every === 'number' ? microsOf(now) : microsOf(nextOfCron(every.cron, every.zone, now));
}

/** And after it was looked at. */
export function nextDue({ every }: Pick<FeedDefinition, 'every'>, now: Date): Micros | null {
  if (every === undefined) return null;
  return typeof every === 'number'
    ? microsOf(now) + seconds(every)
    : microsOf(nextOfCron(every.cron, every.zone, now));
}
