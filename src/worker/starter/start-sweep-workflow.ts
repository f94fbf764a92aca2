import type { Client } from '@temporalio/client';
import type { sweepStorefront } from '../../../workflows/sweep-storefront.ts';
import { sweepWorkflowId } from '../../domain/identity.ts';
import type { DueSweep } from '../../sweep/claim-sweeps.ts';
import { TASK_QUEUE } from '../../temporal/connect.ts';
import { TENANT } from '../../temporal/search-attribute-keys.ts';
import { seeToWorkflow, type StartResult } from './see-to-workflow.ts';

/** Sees to it that the sweep's workflow runs. @throws when Temporal does not answer */
export function startSweepWorkflow(client: Client, due: DueSweep): Promise<StartResult> {
  return seeToWorkflow<typeof sweepStorefront>(client, 'sweepStorefront', due.startCount, {
    workflowId: sweepWorkflowId(due.id),
    taskQueue: TASK_QUEUE,
    args: [{ sweepId: due.id }],
    staticSummary: `sweep of ${due.tenant}${due.repair ? ', with repair' : ''}`,
    typedSearchAttributes: [{ key: TENANT, value: due.tenant }],
  });
}
