import { ApplicationFailure } from '@temporalio/common';
import { recordEventFailure as recordInDatabase } from '../src/ledger/record-event-failure.ts';
import { isMissingRow } from '../src/database/missing-row.ts';
import { isRejection } from '../src/domain/failure-modes.ts';
import type { EventFailure } from '../src/domain/sync-event.ts';
import { mustParseTime, type Micros } from '../src/domain/time.ts';
import { LONGEST_RETRY_AFTER_MS } from '../src/storefront/retry-after.ts';
import { checkSeal, runContext } from './check-seal.ts';
import { retriedDatabaseFailure } from './database-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { itemOf } from './normalize-supplier-event.ts';
import { PUBLISH_FOR_MS } from './publish-catalog-item.policy.ts';
import { SAVE_FOR_MS } from './save-catalog-item.policy.ts';

/**
 * Writes into the ledger what ends the event's workflow in failure, so that both say the same. A workflow is not
 * believed that an event has failed: a rejection is found again, what no retry can mend is proven by its activity, a
 * storefront's no stands in the attempt, and for the end of retries enough time has to have passed. What is not so is
 * not written, and the event stays due; so does one that is still to be decided. Of words, only those are Temporal's that
 * are proven.
 */
export function recordEventFailureActivity({ database, metrics, seal }: ActivityDependencies) {
  return async function recordEventFailure(failure: EventFailure): Promise<void> {
    const { event, failureMode, proof } = failure;
    checkSeal(seal, event);
    const rejection = rejectionOf(seal, event);
    if (isRejection(failureMode) !== (rejection !== undefined)) return;
    const end = rejection ? { detail: rejection.message, triedFor: 0n } : endOfRetries(failureMode);
    if (!end) return;
    const isProven = seal.isOurs(proof, runContext(), [event.seq, failureMode, failure.detail]);
    // A driver's words may hold what PostgreSQL keeps in no text.
    const detail = (isProven ? failure.detail : end.detail).toWellFormed().replaceAll('\0', '\u{fffd}');
    let written: boolean;
    try {
      written = await recordInDatabase(database, {
        ...event,
        ...{ replayId: event.replayId, ruleId: event.ruleId, failureMode, detail },
        patience: isProven ? 0n : end.triedFor,
      });
    } catch (error) {
      // Nobody would read it: see databaseFailure.
      if (isMissingRow(error)) return;
      throw retriedDatabaseFailure('record event failure', error);
    }
    if (!written || event.replayId !== undefined) return;
    metrics.eventDecided({
      tenant: event.tenant,
      supplier: event.supplier,
      outcome: isRejection(failureMode) ? 'rejected' : 'failed',
      failureMode,
      decidedLagSeconds: (Date.now() * 1000 - Number(mustParseTime(event.receivedAt))) / 1e6,
    });
  };
}

/**
 * How what is no rejection ends: in what words, where nothing better is known, and after how long, in µs, at least.
 *
 * @returns undefined for what is no end
 */
function endOfRetries(failureMode: string): { detail: string; triedFor: Micros } | undefined {
  switch (failureMode) {
    case 'transaction_timeout':
      return { detail: 'the database did not take it for a day', triedFor: BigInt(SAVE_FOR_MS) * 1000n };
    case 'storefront_unreachable': {
      // A Retry-After that would lead past the end is not waited for.
      const triedForMs = PUBLISH_FOR_MS - LONGEST_RETRY_AFTER_MS;
      return { detail: 'the storefront could not be told for a day', triedFor: BigInt(triedForMs) * 1000n };
    }
    case 'publish_rejected':
      return { detail: 'the storefront refused it', triedFor: BigInt(PUBLISH_FOR_MS) * 1000n };
    default:
      return undefined;
  }
}

function rejectionOf(
  seal: ActivityDependencies['seal'],
  event: EventFailure['event'],
): ApplicationFailure | undefined {
  try {
    itemOf(seal, event);
    return undefined;
  } catch (error) {
    if (error instanceof ApplicationFailure) return error;
    throw error;
  }
}
