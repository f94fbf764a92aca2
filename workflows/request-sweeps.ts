import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import { sweepRowPolicy } from '../activities/sweep-storefront.policy.ts';

const { requestSweeps: request } = proxyActivities<Pick<Activities, 'requestSweeps'>>({
  ...sweepRowPolicy,
  // The next night is soon enough.
  scheduleToCloseTimeout: '6h',
});

/** Asks for a sweep of each tenant that is not closed; a schedule starts it each night. */
export async function requestSweeps(): Promise<void> {
  await request();
}
