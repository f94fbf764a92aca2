import type { Client } from '@temporalio/client';
import type { runFeed } from '../../../workflows/run-feed.ts';
import { feedRunWorkflowId } from '../../domain/identity.ts';
import type { DueRun } from '../../feed/run/claim-runs.ts';
import { TASK_QUEUE } from '../../temporal/connect.ts';
import { TENANT } from '../../temporal/search-attribute-keys.ts';
import { seeToWorkflow, type StartResult } from './see-to-workflow.ts';

/** Sees to it that the workflow of a feed's run runs. @throws when Temporal does not answer */
export function startFeedWorkflow(client: Client, due: DueRun): Promise<StartResult> {
  return seeToWorkflow<typeof runFeed>(client, 'runFeed', due.startCount, {
    workflowId: feedRunWorkflowId(due),
    taskQueue: TASK_QUEUE,
    args: [{ runId: due.id }],
    staticSummary: `run of ${due.tenant}'s feed ${due.feed}`,
    typedSearchAttributes: [{ key: TENANT, value: due.tenant }],
  });
}
