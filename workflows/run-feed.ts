import { proxyActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import { feedRunPolicy } from '../activities/carry-feed-run.policy.ts';
import type { Activities } from '../activities/create-activities.ts';
import type { FeedRunInput } from '../src/domain/feed-run.ts';
import { goOnAnew, shouldGoOnAnew } from './go-on-anew.ts';

const { carryFeedRun: carryOn } = proxyActivities<Pick<Activities, 'carryFeedRun'>>(feedRunPolicy);

/**
 * Brings one file of a supplier through its feed. All that counts is in the database: started again at any point, it
 * goes on from there. A run that is held ends its workflow; whoever approves it starts the workflow again.
 */
export async function runFeed({ runId }: FeedRunInput): Promise<void> {
  for (;;) {
    const { state, says, pauseMs } = await carryOn(runId);
    setCurrentDetails(says);
    if (state === 'ended') return;
    if (pauseMs !== undefined) await sleep(pauseMs);
    if (shouldGoOnAnew()) await goOnAnew<typeof runFeed>({ runId });
  }
}
