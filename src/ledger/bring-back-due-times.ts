import type { Database } from '../database/client.ts';
import { seconds } from '../domain/time.ts';

/** To so much of itself a lease grows; see lease_until. */
const LONGEST_LEASE = 20;

/**
 * Makes due what a clock that has gone back since put off for longer than any lease does: events, replays and theirs.
 *
 * @param leaseSeconds that of the claims
 * @returns how many
 */
export async function bringBackDueTimes(database: Database, leaseSeconds: number): Promise<number> {
  const rows = await database.$queryRaw<{ count: number }[]>`
    SELECT bring_back_due_times(${seconds(leaseSeconds * LONGEST_LEASE)}) AS count`;
  return rows[0]?.count ?? 0;
}
