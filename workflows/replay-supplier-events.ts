import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  continueAsNew,
  executeChild,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import { REPLAY_WINDOW, replayPolicy } from '../activities/replay-supplier-events.policy.ts';
import { isRejection } from '../src/domain/failure-modes.ts';
import type { ReplayInput, ReplayPage, ReplayPosition } from '../src/domain/replay.ts';
import { keywordOf, REPLAY_ID, SKU, SUPPLIER, TENANT } from './search-attributes.ts';
import { syncSupplierEvent } from './sync-supplier-event.ts';

const { readReplayEvents, reportReplayProgress, endReplay } =
  proxyActivities<Pick<Activities, 'readReplayEvents' | 'reportReplayProgress' | 'endReplay'>>(replayPolicy);

/**
 * Sends the supplier events of a replay's window through the sync again, a page at a time, some events at once.
 * Continues as new long before its history grows to Temporal's limits.
 */
export async function replaySupplierEvents({ replayId, after }: ReplayInput): Promise<void> {
  let position = after;
  try {
    do {
      const page = await readReplayEvents(replayId, position);
      await resyncAll(replayId, page);
      position = page.next;
      if (position && workflowInfo().continueAsNewSuggested) await goOnAsNew(replayId, position);
    } while (position);
  } catch (error) {
    if (isCancellation(error)) {
      await CancellationScope.nonCancellable(() => endReplay(replayId, 'cancelled'));
    }
    throw error;
  }
  await endReplay(replayId, 'completed');
}

function goOnAsNew(replayId: string, position: ReplayPosition): Promise<never> {
  return continueAsNew<typeof replaySupplierEvents>({ replayId, after: position });
}

async function resyncAll(replayId: string, { events }: ReplayPage): Promise<void> {
  if (events.length === 0) return;
  const queue = [...events];
  let failed = 0;
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      if (!(await resync(next))) failed += 1;
    }
  };
  await Promise.all(Array.from({ length: REPLAY_WINDOW }, lane));
  await reportReplayProgress({ replayId, done: events.length, failed });
  setCurrentDetails(`up to ${events.at(-1)?.input.receivedAt}`);
}

/** @returns whether the event came through; one that its supplier's rules reject has, since that is its end. */
async function resync({ workflowId, input }: ReplayPage['events'][number]): Promise<boolean> {
  try {
    await executeChild(syncSupplierEvent, {
      workflowId,
      args: [input],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: `replay of ${input.supplier}: ${input.sku.trim().slice(0, 80)} has ${input.quantity} at ${input.updatedAt}`,
      typedSearchAttributes: [
        { key: TENANT, value: input.tenant },
        { key: SUPPLIER, value: input.supplier },
        { key: SKU, value: keywordOf(input.sku) },
        { key: REPLAY_ID, value: input.replayId ?? '' },
      ],
    });
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    const cause = error instanceof ChildWorkflowFailure ? error.cause : undefined;
    return cause instanceof ApplicationFailure && isRejection(cause.type);
  }
}
