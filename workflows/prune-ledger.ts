import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import { prunePolicy } from '../activities/prune-ledger.policy.ts';

const { pruneLedger: prune } = proxyActivities<Pick<Activities, 'pruneLedger'>>(prunePolicy);

/** Takes old events out of the ledger, where the worker is told to; a schedule starts it each night. */
export async function pruneLedger(): Promise<string> {
  return prune();
}
