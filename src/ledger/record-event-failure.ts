import type { EventFailure } from '../domain/sync-event.ts';
import type { Database } from '../database/client.ts';

/** Writes into the ledger that an event was rejected, or that its retries came to an end; live or in a replay. */
export async function recordEventFailure(
  database: Database,
  failure: Pick<EventFailure, 'seq' | 'failureMode' | 'detail' | 'replayId'>,
): Promise<void> {
  const { seq, failureMode, detail, replayId } = failure;
  if (replayId !== undefined) {
    await database.$queryRaw`
      SELECT 1 AS done FROM record_resync_failure(${BigInt(seq)}, ${replayId}, ${failureMode}, ${detail})`;
    return;
  }
  await database.$queryRaw`
    SELECT 1 AS done FROM record_event_failure(${BigInt(seq)}, ${failureMode}, ${detail})`;
}
