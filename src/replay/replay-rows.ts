import type { FailureMode } from '../domain/failure-modes.ts';
import type { EventOutcome } from '../domain/event-outcome.ts';
import type { ReplayAdvance, ReplayEnd, WindowTime } from '../domain/replay.ts';
import type { Database } from '../database/client.ts';
import { readWindowPage, type FrozenRules, type ReplayWindow } from './replay-window.ts';
import { readRuleChangePage } from './rule-change-page.ts';

/** A replay's window, from its row. */
export function windowOf(replay: {
  tenantId: string;
  supplierId: string | null;
  sku: string | null;
  outcome: string | null;
  failureMode: string | null;
  by: string;
  sinceUs: bigint;
  untilUs: bigint;
  createdAtUs: bigint;
}): ReplayWindow {
  return {
    tenant: replay.tenantId,
    supplier: replay.supplierId ?? undefined,
    sku: replay.sku ?? undefined,
    outcome: (replay.outcome ?? undefined) as EventOutcome | undefined,
    failureMode: (replay.failureMode ?? undefined) as FailureMode | undefined,
    by: replay.by as WindowTime,
    since: replay.sinceUs,
    until: replay.untilUs,
    asOf: replay.createdAtUs,
  };
}

/**
 * Writes the next page of a replay's window down as rows of `replay_event`; which one that is stands in its row. A page
 * that is written twice is as good as once.
 *
 * @returns whether there is a further page; not when the replay has ended
 */
export async function prepareReplayPage(
  database: Database,
  replayId: string,
  limit?: number,
): Promise<boolean> {
  const replay = await database.replay.findUniqueOrThrow({ where: { id: replayId } });
  if (replay.state !== 'running' || replay.preparedAtUs !== null) return false;
  const { cursorUs, cursorSeq } = replay;
  const after =
    cursorUs !== null && cursorSeq !== null
      ? { orderUs: cursorUs.toString(), seq: cursorSeq.toString() }
      : undefined;
  const rules = replay.rules as unknown as FrozenRules;
  const { tenantId, stockRuleId } = replay;
  const { events, next } =
    stockRuleId === null
      ? await readWindowPage(database, { ...windowOf(replay), rules }, after, limit)
      : await readRuleChangePage(database, { tenant: tenantId, stockRuleId }, after, limit);
  await database.$queryRaw`
    SELECT 1 AS done FROM prepare_replay_events(
      ${replayId}, ${events.map(({ seq }) => seq)}::bigint[], ${events.map(({ orderUs }) => orderUs)}::bigint[],
      ${events.map(({ itemId }) => itemId ?? null)}::text[])`;
  if (next) {
    await database.replay.updateMany({
      where: { id: replayId, cursorUs, cursorSeq },
      data: { cursorUs: BigInt(next.orderUs), cursorSeq: BigInt(next.seq) },
    });
  } else {
    await database.$executeRaw`
      UPDATE replay
         SET prepared_at_us = now_us(), paced_at_us = now_us(),
             events_total = (SELECT count(*) FROM replay_event x WHERE x.replay_id = ${replayId})
       WHERE id = ${replayId} AND state = 'running' AND prepared_at_us IS NULL`;
  }
  return next !== undefined;
}

/**
 * Makes the next events of a replay due, as far as its window and its rate allow.
 *
 * @param most.undecided events that are under way and not decided yet
 * @param most.underWay those and the ones that only wait for their storefront
 */
export async function advanceReplay(
  database: Database,
  replayId: string,
  most: { undecided: number; underWay: number },
): Promise<ReplayAdvance> {
  const rows = await database.$queryRaw<{ running: boolean; under_way: number; undone: boolean }[]>`
    SELECT running, under_way, undone 
      FROM advance_replay(${replayId}, ${most.undecided}::integer, ${most.underWay}::integer)`;
  const row = rows[0];
  if (!row) throw new Error(`there is no replay ${replayId}`);
  if (!row.running) return { state: 'ended', underWay: 0 };
  return { state: row.undone ? 'running' : 'all done', underWay: row.under_way };
}

/** Ends a replay that runs. @returns false when it had ended before */
export async function endReplay(
  database: Pick<Database, '$queryRaw'>,
  replayId: string,
  state: ReplayEnd,
): Promise<boolean> {
  const rows = await database.$queryRaw<{ ended: boolean }[]>`
    SELECT end_replay(${replayId}, ${state}) AS ended`;
  return rows[0]?.ended ?? false;
}
