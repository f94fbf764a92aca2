import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { FeedRunStep } from '../src/domain/feed-run.ts';
import { withoutStack } from '../src/domain/without-stack.ts';
import { advanceRun } from '../src/feed/run/advance-run.ts';
import { fetchRun } from '../src/feed/run/fetch-run.ts';
import { warnOfRun } from '../src/feed/run/warn-of-run.ts';
import { SourceFailed } from '../src/feed/source/source.ts';
import { databaseFailure } from './database-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';

const BEAT_MS = 5_000;

/** What the workflow of a feed's run needs of the database and the feed's source. */
export function feedActivities({
  database,
  openSecret,
  feedFolder: folder,
  feedKeyFolder: keyFolder,
  log,
}: ActivityDependencies) {
  return {
    /** Carries a run on until it has ended, is held, or waits for its source. */
    async carryFeedRun(runId: string): Promise<FeedRunStep> {
      const context = Context.current();
      const beat = (): void => {
        context.cancellationSignal.throwIfAborted();
        context.heartbeat();
      };
      // A supplier's server, or the database, may be silent for longer than a worker that is taken for dead.
      const beats = setInterval(() => context.heartbeat(), BEAT_MS);
      try {
        const { attempt } = context.info;
        const fetchFile = fetchRun(database, openSecret, {
          attempt,
          ...{ folder, keyFolder },
          signal: context.cancellationSignal,
        });
        return await advanceRun(database, runId, { beat, fetchFile, tell: (run) => warnOfRun(log, run) });
      } catch (error) {
        // Cancelled by Temporal, or by a worker that has to end.
        context.cancellationSignal.throwIfAborted();
        throw error instanceof SourceFailed ? unreachable(error) : databaseFailure('carry feed run', error);
      } finally {
        clearInterval(beats);
      }
    },
  };
}

function unreachable(error: SourceFailed): ApplicationFailure {
  return withoutStack(ApplicationFailure.retryable(`carry feed run: ${error.message}`, 'feed_source_failed'));
}
