import { databaseNow } from '../database/clock.ts';
import type { Database } from '../database/client.ts';
import { seconds, type Micros } from '../domain/time.ts';

/** Before which moment what is older than so many seconds was received, by the clock that stamped it. */
export async function cutoffOf(
  database: Pick<Database, '$queryRaw'>,
  olderThanSeconds: number,
): Promise<Micros> {
  return (await databaseNow(database)) - seconds(olderThanSeconds);
}
