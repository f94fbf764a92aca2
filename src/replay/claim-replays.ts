import { resyncWorkflowId } from '../domain/identity.ts';
import { formatTime, seconds } from '../domain/time.ts';
import { syncInputOf, type ClaimedRow, type DueEvent } from '../ledger/claim-supplier-events.ts';
import type { Database } from '../database/client.ts';

/** A replay whose workflow a worker has to start or, from the second time on, to look after. */
export interface DueReplay {
  id: string;
  tenant: string;
  /** RFC 3339 */
  since: string;
  until: string;
  /** 1 the first time. */
  startCount: number;
}

/** Claims replays for one worker, each until its lease ends. */
export async function claimReplays(
  database: Database,
  claim: { limit: number; leaseSeconds: number },
): Promise<DueReplay[]> {
  const rows = await database.$queryRaw<
    { id: string; tenant_id: string; since_us: bigint; until_us: bigint; start_count: number }[]
  >`SELECT * FROM claim_replays(${claim.limit}::integer, ${seconds(claim.leaseSeconds)})`;
  return rows.map((row) => ({
    id: row.id,
    tenant: row.tenant_id,
    since: formatTime(row.since_us),
    until: formatTime(row.until_us),
    startCount: row.start_count,
  }));
}

/** Gives back a replay whose workflow could not be started. */
export async function giveBackReplay(database: Database, id: string, afterSeconds: number): Promise<void> {
  await database.$executeRaw`
    UPDATE replay SET start_due_us = now_us() + ${seconds(afterSeconds)}, start_count = start_count - 1
     WHERE id = ${id} AND start_due_us IS NOT NULL`;
}

/** Claims due events of replays for one worker, in the room that its live events leave. */
export async function claimReplayEvents(
  database: Database,
  claim: { worker: string; window: number; limit: number; leaseSeconds: number },
): Promise<DueEvent[]> {
  const rows = await database.$queryRaw<
    (ClaimedRow & { replay_id: string })[]
  >`SELECT * FROM claim_replay_events(${claim.worker}, ${claim.window}::integer, ${claim.limit}::integer,
                                      ${seconds(claim.leaseSeconds)})`;
  return rows.map((row) => ({
    workflowId: resyncWorkflowId(row.replay_id, row.workflow_id),
    startCount: row.start_count,
    released: false,
    undecided: false,
    input: { ...syncInputOf(row), replayId: row.replay_id },
  }));
}

/** Gives back events of replays whose workflow could not be started: they are due again after `afterSeconds`. */
export async function giveBackReplayEvents(
  database: Database,
  events: readonly { replayId: string; seq: string }[],
  afterSeconds: number,
): Promise<void> {
  await database.$executeRaw`
    UPDATE replay_event x
       SET start_due_us = now_us() + ${seconds(afterSeconds)}, start_count = x.start_count - 1, started_by = NULL
      FROM unnest(${events.map(({ replayId }) => replayId)}::text[], ${events.map(({ seq }) => BigInt(seq))}::bigint[])
           AS back (replay_id, seq)
     WHERE x.replay_id = back.replay_id AND x.seq = back.seq AND x.start_due_us IS NOT NULL`;
}
