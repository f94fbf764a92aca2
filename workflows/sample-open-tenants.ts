import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, proxyActivities, startChild } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import { samplePolicy } from '../activities/launch-gate.policy.ts';
import { gateWorkflowId } from '../src/domain/identity.ts';
import { launchGate } from './launch-gate.ts';
import { TENANT } from '../src/temporal/search-attribute-keys.ts';

const { sampleOpenTenants: sample } = proxyActivities<Pick<Activities, 'sampleOpenTenants'>>({
  ...samplePolicy,
  // The next round is due soon, and reads anew.
  scheduleToCloseTimeout: '2m',
});

/** A round of sampling for all open tenants; a schedule starts it. It brings lost gates of canaries back, too. */
export async function sampleOpenTenants(): Promise<void> {
  for (const tenant of await sample()) {
    try {
      await startChild(launchGate, {
        workflowId: gateWorkflowId(tenant),
        args: [{ tenant }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `launch of ${tenant}`,
        typedSearchAttributes: [{ key: TENANT, value: tenant }],
      });
    } catch (error) {
      // It runs, and waits for its database as we do.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}
