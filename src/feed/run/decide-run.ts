import { writeAudit, type AuditedBy } from '../../database/audit.ts';
import type { Database } from '../../database/client.ts';
import { isUniqueViolation } from '../../database/unique-violation.ts';
import type { FeedRun } from '../../generated/prisma/client.ts';
import { FeedRefused } from '../feed-refused.ts';
import { endRun } from './end-run.ts';
import { runUnderWay } from './request-run.ts';

type Decision = { tenant: string; runId: string; by: AuditedBy & { reason: string } };

/**
 * Lets the figures of a held run flow: the guards were told of something that is right.
 *
 * @throws FeedRefused
 */
export async function approveRun(database: Database, { tenant, runId, by }: Decision): Promise<void> {
  const run = await heldRun(database, tenant, runId);
  if ((run.reasons as { guard: string }[] | null)?.some(({ guard }) => guard === 'columns')) {
    throw new FeedRefused(
      'cannot_be_approved',
      `No row of the run ${runId} can be read without its columns: refuse it, mend the feed, and run the file again.`,
    );
  }
  try {
    await database.$transaction(async (transaction) => {
      const decided = await transaction.$queryRaw<unknown[]>`
        UPDATE feed_run
           SET state = 'recording', decided_by = ${by.actor}, decided_reason = ${by.reason}, start_due_us = now_us(),
               start_count = 0
         WHERE id = ${runId} AND state = 'held' RETURNING pg_notify('supplier_event', '')::text`;
      if (decided.length === 0) throw notHeld(runId);
      await audit(transaction, run, 'feed.approve', by);
    });
  } catch (error) {
    throw isUniqueViolation(error) ? runUnderWay(run.feedId) : error;
  }
}

/** Ends a held run: nothing of it flows. @throws FeedRefused */
export async function refuseRun(database: Database, { tenant, runId, by }: Decision): Promise<void> {
  const run = await heldRun(database, tenant, runId);
  await database.$transaction(async (transaction) => {
    const { count } = await transaction.feedRun.updateMany({
      where: { id: runId, state: 'held' },
      data: { decidedBy: by.actor, decidedReason: by.reason },
    });
    if (count === 0) throw notHeld(runId);
    await endRun(transaction, runId, 'refused');
    await audit(transaction, run, 'feed.refuse', by);
  });
}

/**
 * Ends a run at once, wherever it is. What is in the ledger of it stays there, and nothing is zeroed.
 *
 * @throws FeedRefused
 * @returns false when it had ended before
 */
export async function cancelRun(
  database: Database,
  { tenant, runId, by }: { tenant: string; runId: string; by: AuditedBy },
): Promise<boolean> {
  const run = await runOf(database, tenant, runId);
  return database.$transaction(async (transaction) => {
    const ended = await endRun(transaction, runId, 'cancelled');
    if (ended) await audit(transaction, run, 'feed.cancel', by);
    return ended;
  });
}

async function runOf(database: Pick<Database, 'feedRun'>, tenant: string, runId: string): Promise<FeedRun> {
  const run = await database.feedRun.findUnique({ where: { id: runId } });
  if (run?.tenantId === tenant) return run;
  throw new FeedRefused(
    'unknown_run',
    `Tenant ${tenant} has no run ${runId}; \`catalog-sync feed runs\` lists them.`,
  );
}

async function heldRun(database: Pick<Database, 'feedRun'>, tenant: string, runId: string): Promise<FeedRun> {
  const run = await runOf(database, tenant, runId);
  if (run.state !== 'held') throw notHeld(runId, run.state);
  return run;
}

function notHeld(runId: string, state?: string): FeedRefused {
  const is = state === undefined ? 'not held any more' : `${state}, not held`;
  return new FeedRefused('not_held', `The run ${runId} is ${is}: there is nothing to decide.`);
}

function audit(
  transaction: Parameters<typeof writeAudit>[0],
  { id, tenantId, feedId }: FeedRun,
  action: string,
  by: AuditedBy,
): Promise<void> {
  return writeAudit(transaction, {
    ...by,
    tenant: tenantId,
    ...{ action, subject: `feed-run/${id}`, after: { feed: feedId } },
  });
}
