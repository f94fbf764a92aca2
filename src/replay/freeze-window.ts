import { databaseNow } from '../database/clock.ts';
import type { Database } from '../database/client.ts';
import type { ReplayWindow } from './replay-window.ts';
import type { Micros } from '../domain/time.ts';

/** A window as it was asked for: without an end it goes up to now. */
export type AskedWindow = Omit<ReplayWindow, 'until' | 'asOf'> & { until?: Micros | undefined };

/**
 * Freezes a window by the clock that stamps the events, the database's: what is received from now on is not in it. An
 * end in the future is now, where the time of receipt counts; updatedAt may be ahead of it.
 */
export async function freezeWindow(
  database: Pick<Database, '$queryRaw'>,
  { until, ...asked }: AskedWindow,
): Promise<ReplayWindow> {
  const asOf = await databaseNow(database);
  const end = until ?? asOf;
  return { ...asked, until: asked.by === 'received_at' && end > asOf ? asOf : end, asOf };
}
