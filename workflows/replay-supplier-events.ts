import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import { replayPolicy, runReplayPolicy } from '../activities/replay-supplier-events.policy.ts';
import type { ReplayInput } from '../src/domain/replay.ts';
import { goOnAnew, shouldGoOnAnew } from './go-on-anew.ts';

const { prepareReplay, endReplay } =
  proxyActivities<Pick<Activities, 'prepareReplay' | 'endReplay'>>(replayPolicy);
const { runReplay } = proxyActivities<Pick<Activities, 'runReplay'>>(runReplayPolicy);

/**
 * Sends the supplier events of a replay's window through the sync again: first the window is written down, page by
 * page; then its events are made due, some at a time, for the starters of the workers.
 *
 * All that counts is in the database: started again at any point, it goes on from there. It continues as new long
 * before its history grows to Temporal's limits.
 */
export async function replaySupplierEvents({ replayId }: ReplayInput): Promise<void> {
  let further;
  do {
    further = (await prepareReplay(replayId)).next;
    if (further && shouldGoOnAnew()) await goOnAnew<typeof replaySupplierEvents>({ replayId });
  } while (further);
  for (;;) {
    const { state, underWay } = await runReplay(replayId);
    if (state !== 'running') break;
    setCurrentDetails(`${underWay} events under way`);
    if (shouldGoOnAnew()) await goOnAnew<typeof replaySupplierEvents>({ replayId });
  }
  await endReplay(replayId);
}
