import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { SweepStep } from '../src/domain/sweep.ts';
import { withoutStack } from '../src/domain/without-stack.ts';
import { StorefrontSilent } from '../src/storefront/get-answer.ts';
import { advanceSweep } from '../src/sweep/advance-sweep.ts';
import { requestNightlySweeps } from '../src/sweep/request-sweep.ts';
import { databaseFailure } from './database-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { SWEEP_FOR_MS } from './sweep-storefront.policy.ts';

/** What a sweep's workflow needs of the database and the storefront. */
export function sweepActivities({ database, defaultStorefront, openSecret }: ActivityDependencies) {
  return {
    /** Carries a sweep on for some seconds: one activity for many items. */
    async sweepStorefront(sweepId: string): Promise<SweepStep> {
      const context = Context.current();
      const beat = (): void => {
        context.cancellationSignal.throwIfAborted();
        context.heartbeat();
      };
      try {
        return await advanceSweep(database, sweepId, {
          defaultStorefrontUrl: defaultStorefront?.url,
          openSecret,
          endsAt: performance.now() + SWEEP_FOR_MS,
          beat,
          attempt: context.info.attempt,
        });
      } catch (error) {
        // Cancelled by Temporal, or by a worker that has to end.
        context.cancellationSignal.throwIfAborted();
        throw error instanceof StorefrontSilent ? silent(error) : databaseFailure('sweep storefront', error);
      }
    },

    /** Asks for a sweep of each tenant that is not closed. */
    async requestSweeps(): Promise<void> {
      await requestNightlySweeps(database, defaultStorefront?.url);
    },
  };
}

function silent(error: StorefrontSilent): ApplicationFailure {
  return withoutStack(
    ApplicationFailure.create({
      message: `sweep storefront: ${error.message}`,
      type: 'storefront_unreachable',
      nonRetryable: false,
      ...(error.retryAfterMs !== undefined && { nextRetryDelay: Math.ceil(error.retryAfterMs) }),
    }),
  );
}
