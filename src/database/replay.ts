import { resyncWorkflowId } from '../domain/identity.ts';
import type { ReplayEnd, ReplayPage, ReplayPosition, ReplayProgress } from '../domain/replay.ts';
import { formatTime, mustParseTime, type Micros } from '../domain/time.ts';
import type { Database } from './client.ts';

/** Counts the events that a replay of the window would go through. `until` is exclusive. */
export function countEvents(
  database: Database,
  window: { tenant: string; supplier?: string | undefined; since: Micros; until: Micros },
): Promise<number> {
  return database.supplierEvent.count({
    where: {
      tenantId: window.tenant,
      ...(window.supplier !== undefined && { supplierId: window.supplier }),
      receivedAtUs: { gte: window.since, lt: window.until },
    },
  });
}

/** Reads a page of a replay's events, by key, in the order in which they were received. */
export async function readReplayPage(
  database: Database,
  page: { replayId: string; after?: ReplayPosition | undefined; limit: number },
): Promise<ReplayPage> {
  const replay = await database.replay.findUniqueOrThrow({ where: { id: page.replayId } });
  const after = page.after && { at: mustParseTime(page.after.receivedAt), seq: BigInt(page.after.seq) };
  const rows = await database.supplierEvent.findMany({
    where: {
      tenantId: replay.tenantId,
      ...(replay.supplierId !== null && { supplierId: replay.supplierId }),
      receivedAtUs: { gte: replay.sinceUs, lt: replay.untilUs },
      ...(after && {
        OR: [{ receivedAtUs: { gt: after.at } }, { receivedAtUs: after.at, seq: { gt: after.seq } }],
      }),
    },
    orderBy: [{ receivedAtUs: 'asc' }, { seq: 'asc' }],
    take: page.limit,
    include: { supplier: true },
  });
  const last = rows.at(-1);
  return {
    events: rows.map((row) => ({
      workflowId: resyncWorkflowId(page.replayId, row.workflowId),
      input: {
        seq: row.seq.toString(),
        tenant: row.tenantId,
        supplier: row.supplierId,
        eventId: row.eventId,
        sku: row.sku,
        quantity: row.quantity,
        updatedAt: formatTime(row.updatedAtUs),
        receivedAt: formatTime(row.receivedAtUs),
        skuPattern: row.supplier.skuPattern,
        clockToleranceSeconds: row.supplier.clockToleranceSeconds,
        replayId: page.replayId,
      },
    })),
    ...(rows.length === page.limit &&
      last && { next: { receivedAt: formatTime(last.receivedAtUs), seq: last.seq.toString() } }),
  };
}

/** Adds to a replay's counts. Run again after a crash, it may count a page twice; the items are exact. */
export async function addReplayProgress(database: Database, progress: ReplayProgress): Promise<void> {
  await database.replay.update({
    where: { id: progress.replayId },
    data: { eventsDone: { increment: progress.done }, eventsFailed: { increment: progress.failed } },
  });
}

export async function endReplay(database: Database, replayId: string, state: ReplayEnd): Promise<void> {
  await database.$executeRaw`
    UPDATE replay SET state = ${state}, finished_at_us = now_us() WHERE id = ${replayId} AND state = 'running'`;
}
