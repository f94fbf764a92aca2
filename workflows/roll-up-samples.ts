import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import { rollUpPolicy } from '../activities/launch-gate.policy.ts';

const { rollUpSamples: rollUp } = proxyActivities<Pick<Activities, 'rollUpSamples'>>(rollUpPolicy);

/** Folds the gate's old samples to one an hour; a schedule starts it each day. */
export async function rollUpSamples(): Promise<void> {
  await rollUp();
}
