import type { Client } from '@temporalio/client';
import { PUBLISH_TASK_QUEUE } from '../../activities/publish-catalog-item.policy.ts';
import { TASK_QUEUE } from '../../src/temporal/connect.ts';
import { payloads } from './rogue.ts';
import { answerTo } from './rogue-updates.ts';

export interface RogueWorker {
  /** How many tasks it has answered so far. */
  answered: { workflows: number; activities: number };
  stop(): Promise<void>;
}

const identity = 'rogue';
/** So many of each kind at a time, on each queue: about as many as a worker of ours. */
const POLLERS = 4;
/** A poll ends after so long, in ms; Temporal takes none that is much shorter. */
const POLL_MS = 4_000;
/** As good as any that an activity or a workflow of ours has; for none of them true. */
const RESULT = {
  ...{ itemId: 'mine', sku: 'MINE', outcome: 'superseded', rule: 'older', lostTo: 'mine/mine' },
  ...{ publish: false, publication: 'accepted', state: 'all done', underWay: 0, says: 'mine', pauseMs: 1 },
};
const FAILURE = {
  message: 'mine',
  applicationFailureInfo: { type: 'publish_rejected', nonRetryable: true, details: payloads({ proof: 'x' }) },
};

/** Polls our queues as a worker of somebody else, and answers what it gets by turns with a result and a failure. */
export function rogueWorker(hostile: Client): RogueWorker {
  const { namespace } = hostile.options;
  const { workflowService } = hostile;
  const stop = new AbortController();
  const answered = { workflows: 0, activities: 0 };
  let turn = 0;

  async function answerWorkflow(queue: string): Promise<void> {
    const { taskToken, messages } = await workflowService.pollWorkflowTaskQueue({
      ...{ namespace, identity, taskQueue: { name: queue } },
    });
    if (!taskToken?.length) return;
    const [update] = messages ?? [];
    turn += 1;
    const end =
      turn % 2 === 0
        ? { commandType: 4, completeWorkflowExecutionCommandAttributes: { result: payloads(RESULT) } }
        : { commandType: 5, failWorkflowExecutionCommandAttributes: { failure: FAILURE } };
    const answer = update ? await answerTo(update, async () => ({ success: RESULT })) : { commands: [end] };
    await workflowService.respondWorkflowTaskCompleted({ namespace, identity, taskToken, ...answer });
    answered.workflows += 1;
  }

  async function answerActivity(queue: string): Promise<void> {
    const { taskToken } = await workflowService.pollActivityTaskQueue({
      ...{ namespace, identity, taskQueue: { name: queue } },
    });
    if (!taskToken?.length) return;
    turn += 1;
    const task = { namespace, identity, taskToken };
    await (turn % 2 === 0
      ? workflowService.respondActivityTaskCompleted({ ...task, result: payloads(RESULT) })
      : workflowService.respondActivityTaskFailed({ ...task, failure: FAILURE }));
    answered.activities += 1;
  }

  async function poll(answer: () => Promise<void>): Promise<void> {
    while (!stop.signal.aborted) {
      // What it comes too late for is somebody else's by now.
      await hostile.withDeadline(Date.now() + POLL_MS, answer).catch(() => undefined);
    }
  }

  const polling = Array.from({ length: POLLERS }, () => [
    poll(() => answerWorkflow(TASK_QUEUE)),
    poll(() => answerActivity(TASK_QUEUE)),
    poll(() => answerActivity(PUBLISH_TASK_QUEUE)),
  ]).flat();
  return {
    answered,
    stop: async () => {
      stop.abort();
      await Promise.all(polling);
    },
  };
}
