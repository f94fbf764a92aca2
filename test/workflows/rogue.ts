import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import Long from 'long';
import { TASK_QUEUE } from '../../src/temporal/connect.ts';
import { until } from '../support/until.ts';

/** As Temporal carries a value. */
export const payloads = (value: unknown) => ({ payloads: [defaultPayloadConverter.toPayload(value)] });

let no = 0;
/** A task queue of nobody else. */
export const ownQueue = (): string => `rogue-${(no += 1)}`;

/** How an activity that a stranger asked our workers for ended: by a failure's type and details, or well. */
export interface Asked {
  failure: string | undefined;
  details: unknown[];
}

/**
 * Starts a workflow in the place of another one, answers its first task in place of a worker, and has our workers carry
 * some activities out for it, each once.
 */
export async function askWorkers(
  hostile: Client,
  { workflowId, type = 'syncSupplierEvent', input }: { workflowId: string; type?: string; input: unknown },
  asked: readonly (readonly [string, unknown])[],
): Promise<Asked[]> {
  const { namespace } = hostile.options;
  const taskQueue = ownQueue();
  const handle = await hostile.workflow.start(type, {
    ...{ workflowId, taskQueue, args: [input] },
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
  });
  const { taskToken } = await hostile.workflowService.pollWorkflowTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
  });
  await hostile.workflowService.respondWorkflowTaskCompleted({
    namespace,
    taskToken,
    commands: asked.map(([name, argument], activityId) => ({
      // SCHEDULE_ACTIVITY_TASK
      commandType: 1,
      scheduleActivityTaskCommandAttributes: {
        activityId: String(activityId),
        activityType: { name },
        taskQueue: { name: TASK_QUEUE },
        input: payloads(argument),
        startToCloseTimeout: { seconds: Long.fromNumber(10) },
        scheduleToCloseTimeout: { seconds: Long.fromNumber(15) },
        retryPolicy: { maximumAttempts: 1 },
      },
    })),
  });
  const ends = new Map<string, Asked>();
  await until(async () => {
    const { events } = await handle.fetchHistory();
    for (const { eventId, ...event } of events ?? []) {
      const ended =
        event.activityTaskCompletedEventAttributes ??
        event.activityTaskFailedEventAttributes ??
        event.activityTaskTimedOutEventAttributes;
      if (!ended) continue;
      const failure = 'failure' in ended ? ended.failure : undefined;
      ends.set(String(ended.scheduledEventId ?? eventId), {
        failure: failure
          ? (failure.applicationFailureInfo?.type ?? failure.message ?? 'it failed')
          : undefined,
        details: failure?.applicationFailureInfo?.details?.payloads ?? [],
      });
    }
    return ends.size === asked.length;
  });
  await handle.terminate('the end of the test');
  // Events are numbered in the order in which they were scheduled.
  return [...ends].toSorted(([a], [b]) => Number(a) - Number(b)).map(([, end]) => end);
}
