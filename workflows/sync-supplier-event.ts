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
  NormalizedEvent,
  Published,
  PublishRequest,
  Resynced,
  Saved,
  SaveRequest,
  SyncInput,
  SyncResult,
} from '../src/domain/sync-event.ts';
import { withoutStack } from '../src/domain/without-stack.ts';
import { FAILURE_MODE } from './search-attributes.ts';

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
  const item = await endingAs(input, 'transaction_timeout', () => normalizing.normalizeSupplierEvent(input));
  if (input.replayId !== undefined) return resync(input, item, input.replayId);
  const saved = await endingAs(input, 'transaction_timeout', () => save(input, item));
  const result: SyncResult = {
    itemId: item.itemId,
    outcome: saved.outcome,
    ...('rule' in saved && { rule: saved.rule }),
    ...(saved.outcome === 'superseded' && { lostTo: saved.lostTo }),
    ...(saved.outcome === 'won' && { version: saved.version }),
  };
  if (saved.outcome === 'won' && saved.publish) {
    const { version, quantity } = saved;
    const published = await endingAs(input, 'storefront_unreachable', () =>
      publish(input, item, version, quantity),
    );
    result.publication = published.publication;
    if (published.reason) result.storefrontSaid = published.reason;
  }
  setCurrentDetails(inWords(result));
  return result;
}

async function resync(input: SyncInput, item: NormalizedEvent, replayId: string): Promise<SyncResult> {
  const {
    outcome,
    rule,
    lostTo,
    current,
    publish: isDue,
  } = await endingAs(input, 'transaction_timeout', () =>
    saveInReplay({ ...item, ...identityOf(input), replayId }),
  );
  const result: SyncResult = {
    itemId: item.itemId,
    outcome,
    ...(rule !== undefined && { rule }),
    ...(lostTo !== undefined && { lostTo }),
    ...(current && { version: current.version }),
  };
  if (isDue && current) {
    const published = await endingAs(input, 'storefront_unreachable', () =>
      publish(input, item, current.version, current.quantity),
    );
    result.publication = published.publication;
    if (published.reason) result.storefrontSaid = published.reason;
  }
  setCurrentDetails(
    `${inWords(result)} Replay ${replayId}; publication of ${item.itemId}: ${result.publication ?? 'not by this event'}.`,
  );
  return result;
}

async function saveInReplay(request: SaveRequest & { replayId: string }): Promise<Resynced> {
  try {
    return await resyncingFirst.resyncCatalogItem(request);
  } catch (failure) {
    if (!isWorthRetrying(failure)) throw failure;
  }
  return resyncingAgain.resyncCatalogItem.executeWithOptions({ summary: `save ${request.itemId}` }, [
    request,
  ]);
}

async function save(input: SyncInput, item: NormalizedEvent): Promise<Saved> {
  const request: SaveRequest = { ...item, ...identityOf(input) };
  try {
    return await savingFirst.saveCatalogItem(request);
  } catch (failure) {
    if (!isWorthRetrying(failure)) throw failure;
  }
  return savingAgain.saveCatalogItem.executeWithOptions({ summary: `save ${item.itemId}` }, [request]);
}

async function publish(
  input: SyncInput,
  item: NormalizedEvent,
  version: number,
  quantity: number,
): Promise<Published> {
  const request: PublishRequest = { ...item, ...identityOf(input), version };
  try {
    return await publishingFirst.publishCatalogItem(request);
  } catch (failure) {
    if (!isWorthRetrying(failure)) throw failure;
    request.postponed = postponementAfter(failure);
  }
  return publishingAgain.publishCatalogItem.executeWithOptions(
    { summary: `tell the storefront: ${item.itemId} version ${version} has ${quantity}` },
    [request],
  );
}

/** Runs a step; when it fails for good, writes that into the ledger and fails the workflow with the same words. */
async function endingAs<T>(
  input: SyncInput,
  modeUnlessTold: FailureMode,
  step: () => Promise<T>,
): Promise<T> {
  try {
    return await step();
  } catch (failure) {
    if (isCancellation(failure)) throw failure;
    const cause = rootCause(failure) ?? String(failure);
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
    throw withoutStack(
      ApplicationFailure.create({
        message: `${cause} — ${FAILURE_MODES[failureMode].happens}`,
        type: failureMode,
        nonRetryable: true,
        ...(failure instanceof Error && { cause: failure }),
      }),
    );
  }
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

function isWorthRetrying(failure: unknown): boolean {
  // A local activity's failure comes as it was thrown, an ordinary one's inside an ActivityFailure.
  if (isCancellation(failure) || !(failure instanceof TemporalFailure)) return false;
  return applicationFailureOf(failure)?.nonRetryable !== true;
}

function postponementAfter(failure: unknown): { reason: string; until: string } {
  const details = applicationFailureOf(failure)?.details?.[0] as { retryAt?: string } | undefined;
  return {
    reason: rootCause(failure) ?? 'publish catalog item: the first attempt failed',
    until: details?.retryAt ?? new Date(Date.now() + PAUSE_AFTER_FIRST_MS).toISOString(),
  };
}

function inWords(result: SyncResult): string {
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
