import type { FailureMode } from '../domain/failure-modes.ts';
import type { Micros } from '../domain/time.ts';
import type { Database } from '../database/client.ts';
import { ownRow, type NamedEvent } from './named-event.ts';

/**
 * Writes into the ledger that an event was rejected, or that its retries came to an end; live or in a replay.
 *
 * @param failure.patience for how long the retries must have lasted, in µs; 0 where their end is proven otherwise
 * @returns whether it was written
 */
export async function recordEventFailure(
  database: Database,
  failure: NamedEvent & {
    failureMode: FailureMode;
    detail: string;
    replayId?: string | undefined;
    ruleId?: number | undefined;
    patience: Micros;
  },
): Promise<boolean> {
  const { failureMode, detail, replayId, ruleId = null, patience } = failure;
  const rows = await (replayId === undefined
    ? database.$queryRaw<{ written: boolean }[]>`
        SELECT record_event_failure(own.seq, ${failureMode}, ${detail}, ${patience}, ${ruleId}::integer) AS written
          FROM ${ownRow(failure)}`
    : database.$queryRaw<{ written: boolean }[]>`
        SELECT record_resync_failure(own.seq, ${replayId}, ${failureMode}, ${detail}, ${patience}, ${ruleId}::integer) AS written
          FROM ${ownRow(failure)}`);
  return rows[0]?.written ?? false;
}
