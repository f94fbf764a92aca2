import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { outbidStorefront } from '../src/ledger/outbid-storefront.ts';
import {
  beginPublishAttempt,
  finishPublishAttempt,
  type AttemptStart,
  type AttemptToSend,
} from '../src/ledger/publish-attempt.ts';
import type { Published, PublishRequest, SyncInput } from '../src/domain/sync-event.ts';
import { mustParseTime, type Micros } from '../src/domain/time.ts';
import type { Answer } from '../src/storefront/answer.ts';
import { withoutStack } from '../src/domain/without-stack.ts';
import { databaseFailure } from './database-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { itemOf } from './normalize-supplier-event.ts';
import type { FirstAttempts } from './first-attempts.ts';
import {
  FIRST_ANSWER_MS,
  FIRST_TRY_MS,
  LATER_ANSWER_MS,
  LATER_TRY_MS,
  PAUSE_AFTER_FIRST_MS,
  SLOW_ANSWER_MS,
} from './publish-catalog-item.policy.ts';
import { messageIdOf, tellStorefront, type Message } from './tell-storefront.ts';

/**
 * Tells the tenant's storefronts the item's current version, and records each attempt.
 *
 * Every attempt for a version carries the same message id and the same content. A storefront that says that it keeps a
 * higher version than the newest, and one that a replay tells of a version again, is read back: what it shows may be
 * nothing that we ever told it.
 *
 * @throws ApplicationFailure `publish_rejected` (not retried) or `storefront_unreachable` (retried, and not before
 *   the storefront's Retry-After)
 */
export function publishCatalogItemActivity(dependencies: ActivityDependencies, firstAttempts: FirstAttempts) {
  const { database, metrics, seal } = dependencies;
  return async function publishCatalogItem({
    event,
    version,
    postponed,
  }: PublishRequest): Promise<Published> {
    const { info } = Context.current();
    const request = { ...itemOf(seal, event), ...identityOf(event), version, postponed };
    const target = `storefront of ${request.tenant}`;
    if (!info.isLocal) return attempt(request, target);
    if (!firstAttempts.allowed(target)) {
      throw unreachable(`the ${target} is slow or fails; waiting for it outside the workflow task`, 0);
    }
    const end = firstAttempts.begin(target);
    try {
      return await attempt(request, target);
    } finally {
      end();
    }
  };

  async function attempt(request: Publishing, target: string): Promise<Published> {
    const { info } = Context.current();
    if (request.postponed && info.attempt === 1) {
      const waitMs = Date.parse(request.postponed.until) - Date.now();
      if (waitMs > 0) throw unreachable(request.postponed.reason, waitMs);
    }

    return tellAll(request, performance.now() + (info.isLocal ? FIRST_TRY_MS : LATER_TRY_MS), target);
  }

  /**
   * One storefront after the other, in their order. One that fails keeps those waiting that come behind it, and no others.
   *
   * @param end when no further one is begun with, by `performance.now()`: the next try goes on there
   */
  async function tellAll(request: Publishing, end: number, target: string): Promise<Published> {
    const failed: string[] = [];
    let failure: ApplicationFailure | undefined;
    let rejection: ApplicationFailure | undefined;
    let told: Told | undefined;
    for (;;) {
      if (told && performance.now() > end)
        throw failure ?? unreachable('what storefronts are left is told next', 0);
      const start = await inDatabase(() => begin(request, failed));
      switch (start.verdict) {
        case 'later':
          throw failure ?? unreachable('a storefront before them failed', 0);
        case 'rejected':
          throw rejection ?? rejected(request, 'the storefront rejected', 'it was told before');
        case 'closed':
          throw unreachable(`tenant ${request.tenant} is told nothing: each of its storefronts is closed`);
        case 'accepted':
          return told?.answer.kind === 'accepted'
            ? published(request, told.answer, told)
            : { publication: 'accepted' };
        case 'withheld':
        case 'overtaken':
          return { publication: start.verdict };
        case 'send':
      }
      told = await tell(request, start, target);
      const { answer } = told;
      const who = start.several ? `the storefront ${start.storefront}` : 'the storefront';
      if (answer.kind === 'accepted') {
        if (!start.several) return published(request, answer, told);
      } else if (answer.kind === 'rejected') {
        rejection ??= rejected(request, `${who} rejected`, answer.reason);
        if (!start.several) throw rejection;
      } else {
        failure ??= unreachable(`${who} did not accept it: ${answer.reason}`, answer.retryAfterMs);
        if (!start.several) throw failure;
        failed.push(start.storefront);
      }
    }
  }

  function begin(request: Publishing, failed: readonly string[]): Promise<AttemptStart> {
    return beginPublishAttempt(database, {
      ...request,
      workflowId: Context.current().info.workflowExecution?.workflowId ?? '',
      messageId: messageIdOf(request),
      failed,
    });
  }

  /** Calls one storefront, and writes down what it said. */
  async function tell(request: Publishing, start: AttemptToSend, target: string): Promise<Told> {
    const called = performance.now();
    const { answer, readBack } = await tellStorefront(dependencies, request, {
      ...start,
      timeoutMs: Context.current().info.isLocal ? FIRST_ANSWER_MS : LATER_ANSWER_MS,
    });
    const latencySeconds = (performance.now() - called) / 1000;
    const status = answer.kind === 'unreachable' ? 'failed' : answer.kind;
    const finishedAt = await inDatabase(() =>
      finishPublishAttempt(database, {
        attemptId: start.attemptId,
        status,
        httpStatus: answer.httpStatus,
        reason: answer.reason,
      }),
    );
    const { tenant, supplier, itemId } = request;
    metrics.publishAttempt({ tenant, supplier, result: status, latencySeconds });
    if (answer.kind === 'unreachable' || latencySeconds * 1000 > SLOW_ANSWER_MS) firstAttempts.failed(target);
    else firstAttempts.succeeded(target);
    if (
      answer.kind === 'accepted' &&
      readBack &&
      (request.replayId !== undefined || answer.reason === SUPERSEDED)
    ) {
      await inDatabase(() => outbidStorefront(database, itemId, readBack));
    }
    return { answer, finishedAt };
  }

  function published(
    request: Publishing,
    answer: Answer,
    { finishedAt }: Pick<Told, 'finishedAt'>,
  ): Published {
    // How long ago a replayed event came says nothing of how the sync does now.
    if (request.replayId === undefined) {
      metrics.eventPublished({
        tenant: request.tenant,
        supplier: request.supplier,
        publishedLagSeconds: Number(finishedAt - mustParseTime(request.receivedAt)) / 1e6,
      });
    }
    return { publication: 'accepted', ...(answer.reason && { reason: answer.reason }) };
  }
}

/** What a storefront said, and when that was written down. */
interface Told {
  answer: Answer;
  finishedAt: Micros;
}

/** What is told, by facts that are sealed and the version that the database holds. */
interface Publishing extends Message, Pick<SyncInput, 'seq' | 'receivedAt' | 'supplier' | 'eventId'> {
  postponed: PublishRequest['postponed'];
}

function identityOf({ seq, tenant, supplier, eventId, receivedAt, replayId }: SyncInput) {
  return { seq, tenant, supplier, eventId, receivedAt, replayId };
}

/** What a storefront says that keeps a higher version than the one that it is told. */
const SUPERSEDED = 'superseded';

function rejected({ itemId, version }: Publishing, who: string, reason: string): ApplicationFailure {
  const message = `publish catalog item: ${who} ${itemId} version ${version}: ${reason}`;
  return withoutStack(ApplicationFailure.nonRetryable(message, 'publish_rejected'));
}

/**
 * @param retryAfterMs how long the storefront asked to be left alone, if it did
 */
function unreachable(reason: string, retryAfterMs?: number): ApplicationFailure {
  const message = reason.startsWith('publish catalog item: ') ? reason : `publish catalog item: ${reason}`;
  // For the workflow after a first attempt, by this machine's clock: its own stands still while an activity runs.
  const retryAt = new Date(Date.now() + (retryAfterMs ?? PAUSE_AFTER_FIRST_MS)).toISOString();
  return withoutStack(
    ApplicationFailure.create({
      message,
      type: 'storefront_unreachable',
      nonRetryable: false,
      ...(Context.current().info.isLocal && { details: [{ retryAt }] }),
      ...(retryAfterMs !== undefined && { nextRetryDelay: Math.ceil(retryAfterMs) }),
    }),
  );
}

async function inDatabase<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw databaseFailure('publish catalog item', error);
  }
}
