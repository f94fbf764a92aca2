import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/client.ts';
import { isDatabaseUnavailable } from '../database/database-unavailable.ts';
import { readSweepStatus, type SweepStatus } from './sweep-status.ts';

const LOOK_EVERY_MS = 500;

/**
 * Follows a sweep from the database until it ends or the signal fires.
 *
 * @param on.away the database does not answer; it is asked again
 * @returns how it stood at the last look
 * @throws when there is no such sweep
 */
export async function followSweep(
  database: Database,
  sweepId: string,
  on: { progress(status: SweepStatus): void; away(): void },
  signal: AbortSignal,
): Promise<SweepStatus> {
  for (;;) {
    try {
      const status = await readSweepStatus(database, sweepId);
      if (!status) throw new Error(`There is no sweep ${sweepId}.`);
      on.progress(status);
      if (status.state !== 'running' || signal.aborted) return status;
    } catch (error) {
      if (!isDatabaseUnavailable(error) || signal.aborted) throw error;
      on.away();
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
