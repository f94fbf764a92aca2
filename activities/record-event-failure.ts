import { recordEventFailure as recordInDatabase } from '../src/ledger/record-event-failure.ts';
import { isMissingRow } from '../src/database/missing-row.ts';
import { isRejection } from '../src/domain/failure-modes.ts';
import type { EventFailure } from '../src/domain/sync-event.ts';
import { mustParseTime } from '../src/domain/time.ts';
import { retriedDatabaseFailure } from './database-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** Writes into the ledger what ends the event's workflow in failure, so that both say the same. */
export function recordEventFailureActivity({ database, metrics }: ActivityDependencies) {
  return async function recordEventFailure(failure: EventFailure): Promise<void> {
    try {
      // A storefront's or a driver's words may hold what PostgreSQL keeps in no text.
      const detail = failure.detail.toWellFormed().replaceAll('\0', '\u{fffd}');
      await recordInDatabase(database, { ...failure, detail });
    } catch (error) {
      // Nobody would read it: see databaseFailure.
      if (isMissingRow(error)) return;
      throw retriedDatabaseFailure('record event failure', error);
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
