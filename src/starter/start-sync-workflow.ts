import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { keywordOf, SKU, SUPPLIER, TENANT } from '../../workflows/search-attributes.ts';
import type { syncSupplierEvent } from '../../workflows/sync-supplier-event.ts';
import type { DueEvent } from '../database/claim-supplier-events.ts';
import { TASK_QUEUE } from '../temporal/connect.ts';

export type StartResult = 'started' | 'running' | 'already started';

/**
 * Sees to it that the event's workflow runs.
 *
 * The first time it starts the workflow, and one that is there already is as good. Later times (its lease ended, or
 * open flags let it go) it first asks Temporal: a workflow that still runs is left alone; one that ended, was
 * terminated or is unknown is started again, since the ledger says that the event is not done.
 *
 * @throws when Temporal does not answer
 */
export async function startSyncWorkflow(client: Client, due: DueEvent): Promise<StartResult> {
  const isFirst = due.startCount === 1;
  if (!isFirst && (await isRunning(client, due.workflowId))) return 'running';
  const { input } = due;
  try {
    await client.workflow.start<typeof syncSupplierEvent>('syncSupplierEvent', {
      workflowId: due.workflowId,
      taskQueue: TASK_QUEUE,
      args: [input],
      workflowIdReusePolicy: isFirst ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
      requestEagerStart: true,
      staticSummary: `${input.supplier}: ${input.sku.trim().slice(0, 80)} has ${input.quantity} at ${input.updatedAt}`,
      typedSearchAttributes: [
        { key: TENANT, value: input.tenant },
        { key: SUPPLIER, value: input.supplier },
        { key: SKU, value: keywordOf(input.sku) },
      ],
    });
    return 'started';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'already started';
    throw error;
  }
}

async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
