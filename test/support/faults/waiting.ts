import { until } from '../until.ts';
import type { FeedEvent } from './feed.ts';
import type { FaultProduct } from './product.ts';

export interface WaitingPublish {
  workflowId: string;
  attempt: number;
  lastFailure: string;
}

/** What a workflow's page in the Web UI shows under Pending Activities, if that is a publish that failed. */
export async function waitingPublish(
  product: FaultProduct,
  workflowId: string,
): Promise<WaitingPublish | undefined> {
  const { raw } = await product.client.workflow.getHandle(workflowId).describe();
  const pending = raw.pendingActivities?.find(
    ({ activityType }) => activityType?.name === 'publishCatalogItem',
  );
  const lastFailure = pending?.lastFailure?.message;
  return lastFailure ? { workflowId, attempt: pending?.attempt ?? 0, lastFailure } : undefined;
}

/** Waits until every event's publish waits as a pending activity with a failure that matches. */
export async function untilAllWait(
  product: FaultProduct,
  events: readonly FeedEvent[],
  failure: RegExp,
  withinMs: number,
): Promise<WaitingPublish[]> {
  const workflowIds = await workflowIdsOf(product, events);
  return until(async () => {
    if (workflowIds.length !== events.length) return undefined;
    const waiting: WaitingPublish[] = [];
    for (const workflowId of workflowIds) {
      const found = await waitingPublish(product, workflowId);
      if (!found || !failure.test(found.lastFailure)) {
        throw new Error(`${workflowId} waits with ${found?.lastFailure ?? 'no pending publish that failed'}`);
      }
      waiting.push(found);
    }
    return waiting;
  }, withinMs);
}

export async function workflowIdsOf(product: FaultProduct, events: readonly FeedEvent[]): Promise<string[]> {
  const rows = await product.database.supplierEvent.findMany({
    where: { eventId: { in: events.map(({ eventId }) => eventId) } },
    select: { workflowId: true },
  });
  return rows.map(({ workflowId }) => workflowId);
}
