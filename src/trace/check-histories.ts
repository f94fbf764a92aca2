import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Trace, WorkflowHistory } from './trace.ts';

/** So many workflows at most are asked for, the newest first, and so many at a time. */
const MOST_WORKFLOWS = 40;
const AT_A_TIME = 8;

/**
 * Asks Temporal which of a trace's workflows it still has: a history is deleted when its retention ends, and then its
 * address leads nowhere. Whatever is not known when the time is up stays `unknown`.
 */
export async function checkHistories(
  client: Client,
  trace: Trace,
  { timeoutMs = 2_000 }: { timeoutMs?: number } = {},
): Promise<Trace> {
  const asked = [...trace.replays, ...trace.events]
    .filter(({ workflowHistory }) => workflowHistory === 'unknown')
    .map(({ workflowId }) => workflowId)
    .slice(0, MOST_WORKFLOWS);
  const known = new Map<string, WorkflowHistory>();
  const queue = [...asked];
  const lane = async (): Promise<void> => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) known.set(id, await ask(client, id));
  };
  // The deadline ends each call, and a lane that failed asks no more: a trace is as good without Temporal.
  await client.withDeadline(Date.now() + timeoutMs, () =>
    Promise.allSettled(Array.from({ length: AT_A_TIME }, lane)),
  );
  const told = <T extends { workflowId: string; workflowHistory: WorkflowHistory }>(one: T): T => ({
    ...one,
    workflowHistory: known.get(one.workflowId) ?? one.workflowHistory,
  });
  return { ...trace, events: trace.events.map(told), replays: trace.replays.map(told) };
}

async function ask(client: Client, workflowId: string): Promise<WorkflowHistory> {
  try {
    await client.workflow.getHandle(workflowId).describe();
    return 'kept';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'expired';
    throw error;
  }
}
