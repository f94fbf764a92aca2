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
import type {
  Published,
  PublishRequest,
  Resynced,
  Saved,
  SaveRequest,
  SyncInput,
  SyncResult,
} from '../src/domain/sync-event.ts';
import { withoutStack } from '../src/domain/without-stack.ts';
import { FAILURE_MODE } from '../src/temporal/search-attribute-keys.ts';

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
export async function syncSupplierEvent(input: SyncInput): Promise<SyncResult> {
  let modeUnlessTold: FailureMode = 'transaction_timeout';
  try {
    const item = await normalizing.normalizeSupplierEvent(input);
    const request = { ...item, ...identityOf(input) };
    const saved = await save(request);
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
        const published = await publish({ ...request, version: current.version }, current.quantity);
        result.publication = published.publication;
        if (published.reason) result.storefrontSaid = published.reason;
      }
    }
    setCurrentDetails(inWords(result, input.replayId));
    return result;
  } catch (failure) {
    // What is no failure of an activity is a fault of this code: the workflow task is tried again until it is mended.
    if (isCancellation(failure) || !(failure instanceof TemporalFailure)) throw failure;
    throw await recorded(input, failure, modeUnlessTold);
  }
}

function save({ replayId, ...request }: SaveRequest): Promise<Saved | Resynced> {
  const summary = `save ${request.itemId}`;
  if (replayId === undefined) {
    return firstThenAgain(
      () => savingFirst.saveCatalogItem(request),
      () => savingAgain.saveCatalogItem.executeWithOptions({ summary }, [request]),
    );
  }
  return firstThenAgain(
    () => resyncingFirst.resyncCatalogItem({ ...request, replayId }),
    () => resyncingAgain.resyncCatalogItem.executeWithOptions({ summary }, [{ ...request, replayId }]),
  );
}

function publish(request: PublishRequest, quantity: number): Promise<Published> {
  const summary = `tell the storefront: ${request.itemId} version ${request.version} has ${quantity}`;
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
  const record = { ...identityOf(input), failureMode, detail: cause };
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
  return withoutStack(
    ApplicationFailure.create({
      message: `${cause} — ${FAILURE_MODES[failureMode].happens}`,
      type: failureMode,
      nonRetryable: true,
      cause: failure,
    }),
  );
}

/** The item's version after the save, where there is one to tell of. */
function currentOf(saved: Saved | Resynced): { version: number; quantity: number } | undefined {
  if ('current' in saved) return saved.current;
  return 'version' in saved ? saved : undefined;
}

function identityOf(input: SyncInput) {
  const { seq, tenant, supplier, receivedAt, replayId } = input;
  return { seq, tenant, supplier, receivedAt, ...(replayId !== undefined && { replayId }) };
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

function decisionInWords(result: SyncResult): string {
  switch (result.outcome) {
    case 'held':
      return `**held**: the flag of the tenant or the supplier is closed. It goes on when both are open.`;
    case 'applied':
      return `**applied**: a void; it took its event out of the contest for ${result.itemId} when it was made.`;
    case 'voided':
      return `**voided**: it was taken out of the contest for ${result.itemId}; its trace says why.`;
    case 'superseded':
      return `**superseded** (${result.rule}): ${result.lostTo} wins ${result.itemId}.`;
    case 'won':
      return `**won** (${result.rule}): it made version ${result.version} of ${result.itemId}; publication: ${result.publication ?? 'not needed'}.`;
  }
}
