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

/**
 * Passes over storefronts that do not answer. Where one of them is asked for all items, those that are left have no answer.
 */
export async function passOver(
  database: Pick<Database, '$executeRaw'>,
  sweepId: string,
  storefronts: readonly string[],
): Promise<void> {
  await database.$executeRaw`
    UPDATE sweep s
       SET passed_over = s.passed_over || ${[...storefronts]}::text[], silent_since_us = NULL, silent_reason = NULL,
           items_done = s.items_done + l.items, items_unanswered = s.items_unanswered + l.items
      FROM (SELECT count(c.item_id)::integer AS items
              FROM sweep x LEFT JOIN catalog_item c
                ON c.tenant_id = x.tenant_id AND c.item_id > x.after_item_id COLLATE "C" AND x.phase = 'ask'
             WHERE x.id = ${sweepId}) l
     WHERE s.id = ${sweepId} AND s.state = 'running'`;
}
