import type { Client } from '@temporalio/client';
import type { replaySupplierEvents } from '../../../workflows/replay-supplier-events.ts';
import { REPLAY_ID, TENANT } from '../../temporal/search-attribute-keys.ts';
import type { DueReplay } from '../../replay/claim-replays.ts';
import { replayWorkflowId } from '../../domain/identity.ts';
import { TASK_QUEUE } from '../../temporal/connect.ts';
import { seeToWorkflow, type StartResult } from './see-to-workflow.ts';

/** Sees to it that the replay's workflow runs. @throws when Temporal does not answer */
export function startReplayWorkflow(client: Client, due: DueReplay): Promise<StartResult> {
  return seeToWorkflow<typeof replaySupplierEvents>(client, 'replaySupplierEvents', due.startCount, {
    workflowId: replayWorkflowId(due.id),
    taskQueue: TASK_QUEUE,
    args: [{ replayId: due.id }],
    staticSummary: `replay of ${due.tenant}: ${due.since} to ${due.until}`,
    typedSearchAttributes: [
      { key: TENANT, value: due.tenant },
      { key: REPLAY_ID, value: due.id },
    ],
  });
}
