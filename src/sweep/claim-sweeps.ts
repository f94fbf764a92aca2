import type { Database } from '../database/client.ts';
import { seconds } from '../domain/time.ts';

/** A sweep whose workflow a worker has to start or, from the second time on, to look after. */
export interface DueSweep {
  id: string;
  tenant: string;
  repair: boolean;
  /** 1 the first time. */
  startCount: number;
}

/** Claims sweeps for one worker, each until its lease ends. */
export async function claimSweeps(
  database: Database,
  claim: { limit: number; leaseSeconds: number },
): Promise<DueSweep[]> {
  const rows = await database.$queryRaw<
    { id: string; tenant_id: string; repair: boolean; start_count: number }[]
  >`SELECT * FROM claim_sweeps(${claim.limit}::integer, ${seconds(claim.leaseSeconds)})`;
  return rows.map(({ id, tenant_id: tenant, repair, start_count: startCount }) => ({
    ...{ id, tenant, repair, startCount },
  }));
}

/** Gives back a sweep whose workflow could not be started. */
export async function giveBackSweep(database: Database, id: string, afterSeconds: number): Promise<void> {
  await database.$executeRaw`
    UPDATE sweep SET start_due_us = now_us() + ${seconds(afterSeconds)}, start_count = start_count - 1
     WHERE id = ${id} AND start_due_us IS NOT NULL`;
}
