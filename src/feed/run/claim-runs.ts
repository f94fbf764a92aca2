import type { Database } from '../../database/client.ts';
import { seconds } from '../../domain/time.ts';

/** A run whose workflow a worker has to start or, from the second time on, to look after. */
export interface DueRun {
  id: string;
  tenant: string;
  feed: string;
  /** 1 the first time. */
  startCount: number;
}

/** Claims runs for one worker, each until its lease ends. */
export async function claimRuns(
  database: Pick<Database, '$queryRaw'>,
  claim: { limit: number; leaseSeconds: number },
): Promise<DueRun[]> {
  const rows = await database.$queryRaw<
    { id: string; tenant_id: string; feed_id: string; start_count: number }[]
  >`SELECT * FROM claim_feed_runs(${claim.limit}::integer, ${seconds(claim.leaseSeconds)})`;
  return rows.map(({ id, tenant_id: tenant, feed_id: feed, start_count: startCount }) => ({
    ...{ id, tenant, feed, startCount },
  }));
}

/** Gives back a run whose workflow could not be started. */
export async function giveBackRun(
  database: Pick<Database, '$executeRaw'>,
  id: string,
  afterSeconds: number,
): Promise<void> {
  await database.$executeRaw`
    UPDATE feed_run SET start_due_us = now_us() + ${seconds(afterSeconds)}, start_count = start_count - 1
     WHERE id = ${id} AND start_due_us IS NOT NULL`;
}
