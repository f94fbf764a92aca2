import { proxyActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import { sweepPolicy } from '../activities/sweep-storefront.policy.ts';
import type { SweepInput } from '../src/domain/sweep.ts';
import { goOnAnew, shouldGoOnAnew } from './go-on-anew.ts';

const { sweepStorefront: carryOn } = proxyActivities<Pick<Activities, 'sweepStorefront'>>(sweepPolicy);

/**
 * Asks a storefront for everything that it shows of a tenant, some seconds at a time. All that counts is in the
 * database: started again at any point, it goes on from there.
 */
export async function sweepStorefront({ sweepId }: SweepInput): Promise<void> {
  for (;;) {
    const { state, says, pauseMs } = await carryOn(sweepId);
    if (state === 'ended') return;
    setCurrentDetails(says);
    if (pauseMs !== undefined) await sleep(pauseMs);
    if (shouldGoOnAnew()) await goOnAnew<typeof sweepStorefront>({ sweepId });
  }
}
