import { recordEventFailure as recordInDatabase } from '../src/database/record-event-failure.ts';
import { isRejection } from '../src/domain/failure-modes.ts';
import type { EventFailure } from '../src/domain/sync-event.ts';
import { mustParseTime } from '../src/domain/time.ts';
import { databaseFailure } from './database-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** Writes into the ledger what ends the event's workflow in failure, so that both say the same. */
export function recordEventFailureActivity({ database, metrics }: ActivityDependencies) {
  return async function recordEventFailure(failure: EventFailure): Promise<void> {
    try {
      await recordInDatabase(database, failure);
    } catch (error) {
      throw databaseFailure('record event failure', error);
    }
    if (failure.replayId !== undefined) return;
    metrics.eventDecided({
      tenant: failure.tenant,
      supplier: failure.supplier,
      outcome: isRejection(failure.failureMode) ? 'rejected' : 'failed',
      failureMode: failure.failureMode,
      decidedLagSeconds: (Date.now() * 1000 - Number(mustParseTime(failure.receivedAt))) / 1e6,
    });
  };
}
