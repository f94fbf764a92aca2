import type { Database } from '../../database/client.ts';
import type { RunState, RunTrigger } from '../../domain/feed-run.ts';
import type { Notices } from '../../domain/file-notices.ts';
import { formatTime, type Micros } from '../../domain/time.ts';
import type { FeedRun } from '../../generated/prisma/client.ts';
import type { RunStatus } from './told-run.ts';

/** Where a run stands in its list. */
export interface RunPlace {
  createdAt: Micros;
  runId: string;
}

/** @returns undefined when the tenant has none of that id */
export async function readRunStatus(
  database: Pick<Database, 'feedRun'>,
  tenant: string,
  runId: string,
): Promise<RunStatus | undefined> {
  const row = await database.feedRun.findUnique({ where: { id: runId } });
  return row?.tenantId === tenant ? statusOf(row) : undefined;
}

/** Lists a tenant's runs, of one feed or of all, the newest first. */
export async function listRuns(
  database: Pick<Database, 'feedRun'>,
  page: { tenant: string; feed?: string | undefined; before?: RunPlace | undefined; limit: number },
): Promise<{ runs: RunStatus[]; next: RunPlace | undefined }> {
  const { tenant, feed, before, limit } = page;
  const rows = await database.feedRun.findMany({
    where: {
      tenantId: tenant,
      ...(feed !== undefined && { feedId: feed }),
      ...(before && {
        OR: [
          { createdAtUs: { lt: before.createdAt } },
          { createdAtUs: before.createdAt, id: { lt: before.runId } },
        ],
      }),
    },
    orderBy: [{ createdAtUs: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  const last = rows.at(-1);
  return {
    runs: rows.map(statusOf),
    next: rows.length === limit && last ? { createdAt: last.createdAtUs, runId: last.id } : undefined,
  };
}

function statusOf(row: FeedRun): RunStatus {
  return {
    ...{ runId: row.id, tenant: row.tenantId, feed: row.feedId, feedVersion: row.feedVersion },
    ...{ trigger: row.trigger as RunTrigger, requestedBy: row.requestedBy, state: row.state as RunState },
    failure: row.failure,
    reasons: (row.reasons ?? []) as RunStatus['reasons'],
    decision: row.decidedBy === null ? null : { by: row.decidedBy, reason: row.decidedReason ?? '' },
    file: {
      name: row.fileName,
      bytes: Number(row.fileBytes),
      sha256: row.fileDigest === null ? null : Buffer.from(row.fileDigest).toString('hex'),
      writtenAt: timeOf(row.fileTimeUs),
    },
    found: row.found as RunStatus['found'],
    rows: { read: row.rows, refused: row.refused, recorded: row.recordedRows },
    refusals: row.refusals as Record<string, number>,
    notices: row.notices as Notices,
    events: {
      ...{ accepted: row.accepted, duplicate: row.duplicates, conflict: row.conflicts, zeroed: row.zeroed },
    },
    newerRun: row.newerRunId,
    createdAt: formatTime(row.createdAtUs),
    finishedAt: timeOf(row.finishedAtUs),
  };
}

function timeOf(at: Micros | null): string | null {
  return at === null ? null : formatTime(at);
}
