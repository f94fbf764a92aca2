import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { replaySupplierEvents } from '../../workflows/replay-supplier-events.ts';
import { REPLAY_ID, TENANT } from '../../workflows/search-attributes.ts';
import type { Database } from '../database/client.ts';
import { countEvents, endReplay } from '../database/replay.ts';
import { replayWorkflowId } from '../domain/identity.ts';
import { formatTime, type Micros } from '../domain/time.ts';
import { TASK_QUEUE } from '../temporal/connect.ts';

export interface ReplayWindow {
  tenant: string;
  supplier?: string | undefined;
  /** Inclusive, by the time of receipt. */
  since: Micros;
  /** Exclusive. */
  until: Micros;
}

/** A replay cannot be started as asked; its message says why and what to do. */
export class ReplayRefused extends Error {
  override name = 'ReplayRefused';
}

/**
 * Holds a replay's window against the database, before anything is started.
 *
 * @returns how many events it holds
 * @throws ReplayRefused for an empty or reversed window, an unknown tenant or supplier, or a closed tenant
 */
export async function checkReplay(database: Database, window: ReplayWindow): Promise<number> {
  const { tenant, supplier, since, until } = window;
  if (since >= until) {
    throw new ReplayRefused(
      `The window is ${since === until ? 'empty' : 'reversed'}: since ${formatTime(since)}, until ${formatTime(until)}.`,
    );
  }
  const row = await database.tenant.findUnique({ where: { id: tenant } });
  if (!row)
    throw new ReplayRefused(`There is no tenant ${tenant}; catalog-sync tenant list shows those there are.`);
  if (row.state === 'closed') {
    throw new ReplayRefused(
      `Tenant ${tenant} is closed: nothing would be decided or published. Open it first.`,
    );
  }
  if (supplier !== undefined) {
    const found = await database.supplier.findUnique({
      where: { tenantId_id: { tenantId: tenant, id: supplier } },
    });
    if (!found) {
      throw new ReplayRefused(
        `Tenant ${tenant} has no supplier ${supplier}; catalog-sync supplier list --tenant ${tenant} shows them.`,
      );
    }
  }
  return countEvents(database, window);
}

/** Writes the replay down and starts its workflow. @returns the replay's id */
export async function startReplay(
  client: Client,
  database: Database,
  replay: ReplayWindow & { eventsTotal: number; requestedBy: string },
): Promise<string> {
  const day = formatTime(BigInt(Date.now()) * 1000n).slice(0, 10);
  const id = `${day}-${randomBytes(4).toString('hex')}`;
  await database.replay.create({
    data: {
      id,
      tenantId: replay.tenant,
      supplierId: replay.supplier ?? null,
      sinceUs: replay.since,
      untilUs: replay.until,
      eventsTotal: replay.eventsTotal,
      requestedBy: replay.requestedBy,
    },
  });
  try {
    await client.workflow.start<typeof replaySupplierEvents>('replaySupplierEvents', {
      workflowId: replayWorkflowId(id),
      taskQueue: TASK_QUEUE,
      args: [{ replayId: id }],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      staticSummary: `replay of ${replay.tenant}: ${formatTime(replay.since)} to ${formatTime(replay.until)}`,
      typedSearchAttributes: [
        { key: TENANT, value: replay.tenant },
        { key: REPLAY_ID, value: id },
      ],
    });
  } catch (error) {
    await endReplay(database, id, 'failed');
    throw error;
  }
  return id;
}
