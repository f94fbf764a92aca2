import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, proxyActivities, startChild } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import { noteConditionsPolicy } from '../activities/tell-people.policy.ts';
import { notifyWorkflowId } from '../src/domain/identity.ts';
import { sendNotifications } from './send-notifications.ts';

const { noteConditions } = proxyActivities<Pick<Activities, 'noteConditions'>>(noteConditionsPolicy);

/** Looks at what has turned, and sees that each channel that is to be told of it is; a schedule starts it. */
export async function tellPeople(): Promise<void> {
  for (const channel of await noteConditions()) {
    try {
      await startChild(sendNotifications, {
        workflowId: notifyWorkflowId(channel),
        args: [{ channel }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `tells ${channel}`,
      });
    } catch (error) {
      // It is at it, one message after the other.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}
