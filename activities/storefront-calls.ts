import { outbidStorefront } from '../src/ledger/outbid-storefront.ts';
import { finishPublishAttempt, type AttemptToSend } from '../src/ledger/publish-attempt.ts';
import type { Micros } from '../src/domain/time.ts';
import type { Answer } from '../src/storefront/answer.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { FirstAttempts } from './first-attempts.ts';
import { SLOW_ANSWER_MS } from './publish-catalog-item.policy.ts';
import type { StorefrontBreaker } from './storefront-breaker.ts';
import { tellStorefront, type Message } from './tell-storefront.ts';
import { traceCall } from './trace-call.ts';

/** What a storefront said, and when that was written down. */
export interface Told {
  answer: Answer;
  finishedAt: Micros;
}

/** An attempt that is open, and what it tells. */
export interface OpenAttempt {
  message: Message & { supplier: string };
  start: AttemptToSend;
}

/** The name under which a tenant's storefronts share places. */
export const storefrontsOf = (tenant: string): string => `storefronts of ${tenant}`;

/** What a storefront says that keeps a higher version than the one that it is told. */
const SUPERSEDED = 'superseded';

/**
 * Calls storefronts: once for several attempts, each of which gets its own answer, written down.
 *
 * A storefront that says that it keeps a higher version than the newest, and one that a replay tells of a version again, is
 * read back: what it shows may be nothing that we ever told it. One with limits is left to the probe.
 *
 * @returns of the function: what it said to each, in their order; of each whether that could be written down
 */
export function storefrontCalls(
  dependencies: ActivityDependencies,
  { breaker, firstAttempts }: { breaker: StorefrontBreaker; firstAttempts: FirstAttempts },
) {
  const { database, log, metrics } = dependencies;
  return async function call(
    attempts: readonly [OpenAttempt, ...OpenAttempt[]],
    timeoutMs: number,
  ): Promise<PromiseSettledResult<Told>[]> {
    const [{ message: first, start }] = attempts;
    breaker.called(first.tenant, start.storefront);
    const called = performance.now();
    const all = attempts.map(({ message, start: { messageId, quantity } }) => ({
      messageId,
      message,
      quantity,
    }));
    const { stored, storefront } = start;
    const { answers, readBack } = await traceCall(dependencies.tracing, attempts, (traceparent) =>
      tellStorefront(dependencies, { tenant: first.tenant, storefront, stored, timeoutMs, traceparent }, all),
    );
    const latencySeconds = (performance.now() - called) / 1000;
    noteHealth(first, start.storefront, answers, latencySeconds * 1000);
    return Promise.allSettled(
      attempts.map(async ({ message, start: { attemptId, quantity } }, no) => {
        const answer: Answer = answers[no] ?? { kind: 'unreachable', reason: 'it said nothing of this item' };
        const status = answer.kind === 'unreachable' ? 'failed' : answer.kind;
        const { httpStatus, reason } = answer;
        const finishedAt = await finishPublishAttempt(database, { attemptId, status, httpStatus, reason });
        const { tenant, supplier, itemId, replayId } = message;
        metrics.publishAttempt({
          tenant,
          supplier,
          storefront: start.storefront,
          result: status,
          latencySeconds,
        });
        const isToRead = answer.kind === 'accepted' && (replayId !== undefined || reason === SUPERSEDED);
        if (isToRead && readBack && !start.stored?.limits) {
          const read = () => readBack({ message, quantity });
          await outbidStorefront(database, itemId, read, start.storefront).catch((error: unknown) =>
            log.warn(
              { error, tenant, itemId },
              'what a storefront shows could not be held against the ledger',
            ),
          );
        }
        return { answer, finishedAt };
      }),
    );
  };

  /** It is well that has answered one of them; a slow one is, too, but nobody should wait for it inside a workflow task. */
  function noteHealth(
    { tenant, itemId }: Message,
    storefront: string,
    answers: readonly Answer[],
    tookMs: number,
  ): void {
    const failed = answers.find((answer) => answer.kind === 'unreachable');
    const isDead = failed !== undefined && answers.every(({ kind }) => kind === 'unreachable');
    if (isDead) breaker.failed(tenant, storefront, itemId, failed.reason);
    else breaker.succeeded(tenant, storefront);
    if (isDead || tookMs > SLOW_ANSWER_MS) firstAttempts.failed(storefrontsOf(tenant));
    else firstAttempts.succeeded(storefrontsOf(tenant));
  }
}
