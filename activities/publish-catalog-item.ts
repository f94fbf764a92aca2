import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import {
  beginPublishAttempt,
  type AttemptInQueue,
  type AttemptStart,
  type AttemptToSend,
} from '../src/ledger/publish-attempt.ts';
import type { Published, PublishRequest, SyncInput } from '../src/domain/sync-event.ts';
import { microsOf, mustParseTime } from '../src/domain/time.ts';
import type { Limits } from '../src/storefront/kinds/kind.ts';
import { withoutStack } from '../src/domain/without-stack.ts';
import { databaseFailure } from './database-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { itemOf } from './normalize-supplier-event.ts';
import type { BegunAttempts } from './begun-attempts.ts';
import { createFirstAttempts, type FirstAttempts } from './first-attempts.ts';
import {
  FIRST_ANSWER_MS,
  FIRST_TRY_MS,
  LATER_ANSWER_MS,
  LATER_TRY_MS,
  PUBLISHES_AT_ONCE,
  TURN_WITHIN_MS,
} from './publish-catalog-item.policy.ts';
import type { AskedToWait } from './asked-to-wait.ts';
import { leftAlone, MOST_NO_PLACE, NO_PLACE_MS, spread, unreachable, waitOf } from './publish-later.ts';
import type { StorefrontBreaker } from './storefront-breaker.ts';
import { storefrontCalls, storefrontsOf, type Told } from './storefront-calls.ts';
import { QueueFull } from '../src/storefront/call-queue.ts';
import { storefrontQueues } from './storefront-queues.ts';
import type { Message } from './tell-storefront.ts';

/**
 * Tells the tenant's storefronts the item's current version, and records each attempt. Those that have limits are told in
 * their turn, with other items where they take several in a call.
 *
 * Every attempt for a version carries the same message id and the same content.
 *
 * @throws ApplicationFailure `publish_rejected` (not retried) or `storefront_unreachable` (retried, and not before
 *   the storefront's Retry-After)
 */
export function publishCatalogItemActivity(
  dependencies: ActivityDependencies,
  shared: {
    firstAttempts: FirstAttempts;
    begunAttempts: BegunAttempts;
    breaker: StorefrontBreaker;
    asked: AskedToWait;
  },
) {
  const { database, metrics, seal } = dependencies;
  const { firstAttempts, begunAttempts, breaker, asked } = shared;
  const laterAttempts = createFirstAttempts({ places: PUBLISHES_AT_ONCE });
  const call = storefrontCalls(dependencies, { breaker, firstAttempts });
  const tellInTurn = storefrontQueues(dependencies, call);

  return async function publishCatalogItem({
    event,
    version,
    postponed,
  }: PublishRequest): Promise<Published> {
    const { info } = Context.current();
    const request = { ...itemOf(seal, event), ...identityOf(event), version };
    if (postponed && info.attempt === 1) {
      const waitMs = Date.parse(postponed.until) - Date.now();
      if (waitMs > 0) throw unreachable(postponed.reason, waitMs);
    }
    const target = storefrontsOf(request.tenant);
    const places = info.isLocal ? firstAttempts : laterAttempts;
    const handed =
      info.isLocal && event.replayId === undefined ? begunAttempts.take(event, version) : undefined;
    if (!handed && !places.allowed(target)) {
      throw info.isLocal
        ? unreachable(`the ${target} are slow or fail; waiting for them outside the workflow task`, 0)
        : unreachable(
            `the ${target} are told of as many items as may be at once`,
            spread(NO_PLACE_MS * Math.min(info.attempt, MOST_NO_PLACE)),
          );
    }
    const end = handed?.end ?? places.begin(target);
    try {
      const untilMs = performance.now() + (info.isLocal ? FIRST_TRY_MS : LATER_TRY_MS);
      return await tellAll(request, untilMs, handed?.start);
    } finally {
      end();
    }
  };

  /**
   * One storefront after the other, in their order. One that fails keeps those waiting that come behind it, and no others.
   *
   * @param end when no further one is begun with, by `performance.now()`: the next try goes on there
   * @param begun what the save has begun with, if it has
   */
  async function tellAll(request: Publishing, end: number, begun?: AttemptStart): Promise<Published> {
    const resting = breaker.resting(request.tenant);
    const failed = [...resting.map(({ storefront }) => storefront), ...asked.of(request)];
    let failure: ApplicationFailure | undefined;
    // Who comes back soonest is told soonest; the others are known not to want it yet.
    const fail = (storefront: string, one: ApplicationFailure): void => {
      failed.push(storefront);
      failure = failure && waitOf(failure) <= waitOf(one) ? failure : one;
    };
    let rejection: ApplicationFailure | undefined;
    let told: Told | undefined;
    for (let tries = 0; ; tries += 1) {
      if (tries > 0 && performance.now() > end)
        throw failure ?? unreachable('what storefronts are left is told next', 0);
      let start: AttemptStart =
        (tries === 0 ? begun : undefined) ??
        (await inDatabase(() => beginPublishAttempt(database, attemptOf(request, failed))));
      let inTurn: Told | undefined;
      if (start.verdict === 'queue') {
        const inQueue = start;
        const turn = await waitForTurn(request, inQueue, { failed, end });
        if (turn instanceof ApplicationFailure) {
          if (!inQueue.several) throw turn;
          fail(inQueue.storefront, turn);
          continue;
        }
        ({ start, told: inTurn } = turn);
      }
      switch (start.verdict) {
        case 'queue':
          // There is another one by now.
          continue;
        case 'later':
          throw failure ?? leftAlone(resting, breaker.cameInVain(request.tenant));
        case 'rejected':
          throw rejection ?? rejected(request, 'the storefront rejected', 'it was told before');
        case 'accepted':
          return published(request, told);
        case 'postponed':
          metrics.publishPostponed({ tenant: request.tenant });
          return { publication: 'postponed' };
        case 'withheld':
        case 'overtaken':
          return { publication: start.verdict };
        case 'send':
      }
      told = inTurn ?? (await tell(request, start));
      const { answer } = told;
      const who = start.several ? `the storefront ${start.storefront}` : 'the storefront';
      if (answer.kind === 'accepted') {
        if (!start.several) return published(request, told);
      } else if (answer.kind === 'rejected') {
        rejection ??= rejected(request, `${who} rejected`, answer.reason);
        if (!start.several) throw rejection;
      } else {
        const one = unreachable(`${who} did not accept it: ${answer.reason}`, answer.retryAfterMs);
        if (!start.several) throw one;
        if (answer.retryAfterMs !== undefined) asked.note(request, start.storefront, answer.retryAfterMs);
        fail(start.storefront, one);
      }
    }
  }

  /**
   * Waits for a moment inside the workflow task, and else where the Web UI shows it; no longer than this activity may.
   *
   * @returns the failure, where the turn did not come in time
   */
  async function waitForTurn(
    request: Publishing,
    inQueue: AttemptInQueue,
    { failed, end }: { failed: readonly string[]; end: number },
  ) {
    const context = Context.current();
    const reason = `it waits for its turn at the storefront ${inQueue.storefront}, which takes ${limitsInWords(inQueue.limits)}`;
    const { isLocal } = context.info;
    if (!isLocal) context.heartbeat(reason);
    const waitMs = Math.max(1, Math.min(isLocal ? FIRST_TRY_MS : TURN_WITHIN_MS, end - performance.now()));
    try {
      return await inDatabase(() =>
        tellInTurn(inQueue, {
          ...{
            attempt: attemptOf(request, failed),
            message: request,
            waitMs,
            signal: context.cancellationSignal,
            inPassing: isLocal,
          },
        }),
      );
    } catch (error) {
      if (error instanceof QueueFull) return unreachable(reason, isLocal ? 0 : error.comeBackMs);
      throw error;
    }
  }

  async function tell(request: Publishing, start: AttemptToSend): Promise<Told> {
    const timeoutMs = Context.current().info.isLocal ? FIRST_ANSWER_MS : LATER_ANSWER_MS;
    const [told] = await inDatabase(() => call([{ message: request, start }], timeoutMs));
    if (!told) throw new Error('a storefront was told, and nothing is known of it');
    if (told.status === 'rejected') throw databaseFailure('publish catalog item', told.reason);
    return told.value;
  }

  /** @param told the last answer; undefined where an earlier try had it, which was not known to be the last then */
  function published(request: Publishing, told: Told | undefined): Published {
    const accepted = told?.answer.kind === 'accepted' ? told : undefined;
    // How long ago a replayed event came says nothing of how the sync does now.
    if (request.replayId === undefined) {
      metrics.eventPublished({
        tenant: request.tenant,
        supplier: request.supplier,
        publishedLagSeconds:
          Number((accepted?.finishedAt ?? microsOf(new Date())) - mustParseTime(request.receivedAt)) / 1e6,
      });
    }
    const reason = accepted?.answer.reason;
    return { publication: 'accepted', ...(reason && { reason }) };
  }
}

/** What is told, by facts that are sealed and the version that the database holds. */
interface Publishing extends Message, Pick<SyncInput, 'seq' | 'receivedAt' | 'supplier' | 'eventId'> {}

function identityOf({ seq, tenant, supplier, eventId, receivedAt, replayId, traceparent }: SyncInput) {
  return { seq, tenant, supplier, eventId, receivedAt, replayId, traceparent };
}

function attemptOf(request: Publishing, failed: readonly string[]) {
  return {
    ...request,
    workflowId: Context.current().info.workflowExecution?.workflowId ?? '',
    failed,
  };
}

/** "2 calls a second with 50 items each". */
function limitsInWords({ callsPerSecond, itemsPerCall, callsAtOnce }: Limits): string {
  const calls = [
    callsPerSecond !== undefined && `${callsPerSecond} calls a second`,
    callsAtOnce !== undefined && `${callsAtOnce} at once`,
  ].filter((part) => part !== false);
  return `${calls.join(', ') || 'one call at once'} with ${itemsPerCall ?? 1} items each`;
}

function rejected({ itemId, version }: Publishing, who: string, reason: string): ApplicationFailure {
  const message = `publish catalog item: ${who} ${itemId} version ${version}: ${reason}`;
  return withoutStack(ApplicationFailure.nonRetryable(message, 'publish_rejected'));
}

async function inDatabase<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (error instanceof QueueFull) throw error;
    throw databaseFailure('publish catalog item', error);
  }
}
