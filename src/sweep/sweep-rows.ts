import type { Database } from '../database/client.ts';
import type { SweepEnd } from '../domain/sweep.ts';

/** Ends a sweep that runs. @returns false when it had ended before */
export async function endSweep(
  database: Pick<Database, '$queryRaw'>,
  sweepId: string,
  state: SweepEnd,
  failure?: string,
): Promise<boolean> {
  const [row] = await database.$queryRaw<{ ended: boolean }[]>`
    SELECT end_sweep(${sweepId}, ${state}, ${failure ?? null}) AS ended`;
  return row?.ended ?? false;
}

/**
 * Notes that a sweep does not get on.
 *
 * @returns for how many seconds it has not
 */
export async function noteSilence(
  database: Pick<Database, '$queryRaw'>,
  sweepId: string,
  reason: string,
): Promise<number> {
  const [row] = await database.$queryRaw<{ seconds: number }[]>`
    UPDATE sweep SET silent_since_us = coalesce(silent_since_us, now_us()), silent_reason = ${reason}
     WHERE id = ${sweepId} AND state = 'running'
    RETURNING ((now_us() - silent_since_us) / 1000000)::integer AS seconds`;
  return row?.seconds ?? 0;
}
