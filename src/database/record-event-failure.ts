import type { EventFailure } from '../domain/sync-event.ts';
import type { Database } from './client.ts';

/** Writes into the ledger that an event was rejected, or that its retries came to an end. */
export async function recordEventFailure(
  database: Database,
  failure: Pick<EventFailure, 'seq' | 'failureMode' | 'detail'>,
): Promise<void> {
  await database.$queryRaw`
    SELECT 1 AS done FROM record_event_failure(${BigInt(failure.seq)}, ${failure.failureMode}, ${failure.detail})`;
}
