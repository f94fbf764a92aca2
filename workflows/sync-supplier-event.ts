import {
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  rootCause,
  setCurrentDetails,
  TemporalFailure,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import { normalizePolicy } from '../activities/normalize-supplier-event.policy.ts';
import {
  PAUSE_AFTER_FIRST_MS,
  publishAgain,
  publishFirst,
} from '../activities/publish-catalog-item.policy.ts';
import { recordAgain, recordFirst } from '../activities/record-event-failure.policy.ts';
import { saveAgain, saveFirst } from '../activities/save-catalog-item.policy.ts';
import { FAILURE_MODES, type FailureMode } from '../src/domain/failure-modes.ts';
import {
  UNSEALED,
  type Published,
  type PublishRequest,
  type Resynced,
  type Saved,
  type SyncInput,
  type SyncResult,
} from '../src/domain/sync-event.ts';
import { withoutStack } from '../src/domain/without-stack.ts';
import { FAILURE_MODE } from '../src/temporal/search-attribute-keys.ts';
import { tellingOfEnd } from './tell-of-end.ts';

const normalizing = proxyLocalActivities<Pick<Activities, 'normalizeSupplierEvent'>>(normalizePolicy);
const savingFirst = proxyLocalActivities<Pick<Activities, 'saveCatalogItem'>>(saveFirst);
const savingAgain = proxyActivities<Pick<Activities, 'saveCatalogItem'>>(saveAgain);
const resyncingFirst = proxyLocalActivities<Pick<Activities, 'resyncCatalogItem'>>(saveFirst);
const resyncingAgain = proxyActivities<Pick<Activities, 'resyncCatalogItem'>>(saveAgain);
const publishingFirst = proxyLocalActivities<Pick<Activities, 'publishCatalogItem'>>(publishFirst);
const publishingAgain = proxyActivities<Pick<Activities, 'publishCatalogItem'>>(publishAgain);
const recordingFirst = proxyLocalActivities<Pick<Activities, 'recordEventFailure'>>(recordFirst);
const recordingAgain = proxyActivities<Pick<Activities, 'recordEventFailure'>>(recordAgain);

/**
 * The way of one supplier event: normalize, save, publish. In a replay the save holds the whole item against its
 * ledger, and the item's last event publishes it.
 *
 * All three run inside the first workflow task. A save or publish whose first attempt fails goes on as an ordinary
 * activity, which the Web UI shows as pending with its last failure.
 *
 * @throws ApplicationFailure, its type the failure mode, when the event is rejected or its retries have ended; the
 *   ledger says the same by then
 */
export function syncSupplierEvent(input: SyncInput): Promise<SyncResult> {
  return tellingOfEnd(input, () => sync(input));
}

async function sync(input: SyncInput): Promise<SyncResult> {
  let modeUnlessTold: FailureMode = 'transaction_timeout';
  try {
    const item = await normalizing.normalizeSupplierEvent(input);
    const saved = await save(input, item.itemId);
    const result: SyncResult = {
      itemId: item.itemId,
      outcome: saved.outcome,
      ...('rule' in saved && { rule: saved.rule }),
      ...('lostTo' in saved && { lostTo: saved.lostTo }),
    };
    const current = currentOf(saved);
    if (current) {
      result.version = current.version;
      if (saved.publish) {
        modeUnlessTold = 'storefront_unreachable';
        const published = await publish(
          { event: input, version: current.version },
          { itemId: item.itemId, quantity: current.quantity },
        );
        result.publication = published.publication;
        if (published.reason) result.storefrontSaid = published.reason;
      }
    }
    setCurrentDetails(inWords(result, input.replayId));
    return result;
  } catch (failure) {
    // What is no failure of an activity is a fault of this code: the workflow task is tried again until it is mended.
    if (isCancellation(failure) || !(failure instanceof TemporalFailure)) throw failure;
    // The ledger knows nothing of an input that nobody of ours made.
    if (applicationFailureOf(failure)?.type === UNSEALED) throw failureOf(failure, UNSEALED);
    throw await recorded(input, failure, modeUnlessTold);
  }
}

function save(input: SyncInput, itemId: string): Promise<Saved | Resynced> {
  const summary = `save ${itemId}`;
  if (input.replayId === undefined) {
    return firstThenAgain(
      () => savingFirst.saveCatalogItem(input),
      () => savingAgain.saveCatalogItem.executeWithOptions({ summary }, [input]),
    );
  }
  return firstThenAgain(
    () => resyncingFirst.resyncCatalogItem(input),
    () => resyncingAgain.resyncCatalogItem.executeWithOptions({ summary }, [input]),
  );
}

function publish(request: PublishRequest, item: { itemId: string; quantity: number }): Promise<Published> {
  const summary = `tell the storefront: ${item.itemId} version ${request.version} has ${item.quantity}`;
  return firstThenAgain(
    () => publishingFirst.publishCatalogItem(request),
    (failure) =>
      publishingAgain.publishCatalogItem.executeWithOptions({ summary }, [
        { ...request, postponed: postponementAfter(failure) },
      ]),
  );
}

async function firstThenAgain<T>(
  first: () => Promise<T>,
  again: (failure: TemporalFailure) => Promise<T>,
): Promise<T> {
  try {
    return await first();
  } catch (failure) {
    if (!isWorthRetrying(failure)) throw failure;
    return again(failure);
  }
}

/** Writes a step's failure into the ledger. @returns what the workflow fails with: the same words */
async function recorded(
  input: SyncInput,
  failure: TemporalFailure,
  modeUnlessTold: FailureMode,
): Promise<ApplicationFailure> {
  const cause = rootCause(failure) ?? failure.message;
  const failureMode = modeOf(failure) ?? modeUnlessTold;
  const proof = proofOf(failure);
  const record = { event: input, failureMode, detail: cause, ...(proof !== undefined && { proof }) };
  try {
    await recordingFirst.recordEventFailure(record);
  } catch (recordFailure) {
    if (isCancellation(recordFailure)) throw recordFailure;
    await recordingAgain.recordEventFailure.executeWithOptions({ summary: `record ${failureMode}` }, [
      record,
    ]);
  }
  upsertSearchAttributes([{ key: FAILURE_MODE, value: failureMode }]);
  setCurrentDetails(
    `**${failureMode}**: ${FAILURE_MODES[failureMode].happens}. ${FAILURE_MODES[failureMode].todo}`,
  );
  return failureOf(failure, failureMode, FAILURE_MODES[failureMode].happens);
}

/** What the workflow fails with. */
function failureOf(failure: TemporalFailure, type: string, happens?: string): ApplicationFailure {
  const cause = rootCause(failure) ?? failure.message;
  return withoutStack(
    ApplicationFailure.create({
      message: happens === undefined ? cause : `${cause} — ${happens}`,
      type,
      nonRetryable: true,
      cause: failure,
    }),
  );
}

function proofOf(failure: TemporalFailure): string | undefined {
  const details = applicationFailureOf(failure)?.details?.[0] as { proof?: string } | undefined;
  return details?.proof;
}

/** The item's version after the save, where there is one to tell of. */
function currentOf(saved: Saved | Resynced): { version: number; quantity: number } | undefined {
  if ('current' in saved) return saved.current;
  return 'version' in saved ? saved : undefined;
}

/** The failure that an activity threw, behind Temporal's own wrapping. */
function applicationFailureOf(failure: unknown): ApplicationFailure | undefined {
  let current: unknown = failure;
  while (current instanceof Error) {
    if (current instanceof ApplicationFailure) return current;
    current = current.cause;
  }
  return undefined;
}

function modeOf(failure: unknown): FailureMode | undefined {
  const type = applicationFailureOf(failure)?.type;
  return type && Object.hasOwn(FAILURE_MODES, type) ? (type as FailureMode) : undefined;
}

function isWorthRetrying(failure: unknown): failure is TemporalFailure {
  // A local activity's failure comes as it was thrown, an ordinary one's inside an ActivityFailure.
  if (isCancellation(failure) || !(failure instanceof TemporalFailure)) return false;
  return applicationFailureOf(failure)?.nonRetryable !== true;
}

function postponementAfter(failure: TemporalFailure): { reason: string; until: string } {
  const details = applicationFailureOf(failure)?.details?.[0] as { retryAt?: string } | undefined;
  return {
    reason: rootCause(failure) ?? 'publish catalog item: the first attempt failed',
    until: details?.retryAt ?? new Date(Date.now() + PAUSE_AFTER_FIRST_MS).toISOString(),
  };
}

function inWords(result: SyncResult, replayId: string | undefined): string {
  if (replayId === undefined) return decisionInWords(result);
  return `${decisionInWords(result)} Replay ${replayId}; publication of ${result.itemId}: ${result.publication ?? 'not by this event'}.`;
}

function appliedInWords({ rule, itemId, version, publication }: SyncResult): string {
  if (rule === 'expiry_too_late') {
    return `**applied**: an expiry that came too late; its supplier had said something newer of ${itemId}.`;
  }
  if (rule !== 'expiry') {
    return `**applied**: a void; it took its event out of the contest for ${itemId} when it was made.`;
  }
  const made =
    version === undefined
      ? 'the shop sees no difference'
      : `it made version ${version}; publication: ${publication ?? 'not needed'}`;
  return `**applied**: a figure of ${itemId} was too old and counts no longer; ${made}.`;
}

function decisionInWords(result: SyncResult): string {
  switch (result.outcome) {
    case 'held':
      return `**held**: the flag of the tenant or the supplier is closed. It goes on when both are open.`;
    case 'applied':
      return appliedInWords(result);
    case 'voided':
      return `**voided**: it was taken out of the contest for ${result.itemId}; its trace says why.`;
    case 'rejected':
      return `**rejected**: it was rejected before; only a replay decides it anew.`;
    case 'superseded':
      return `**superseded** (${result.rule}): ${result.lostTo} wins ${result.itemId}.`;
    case 'won':
      return `**won** (${result.rule}): it made version ${result.version} of ${result.itemId}; publication: ${result.publication ?? 'not needed'}.`;
  }
}
