import { Context } from '@temporalio/activity';
import { advanceReplay, endReplay, prepareReplayPage } from '../src/replay/replay-rows.ts';
import type { PreparedPage, ReplayAdvance } from '../src/domain/replay.ts';
import { databaseFailure } from './database-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';
import {
  ADVANCE_EVERY_MS,
  ADVANCE_FOR_MS,
  REPLAY_MOST_UNDER_WAY,
  REPLAY_WINDOW,
} from './replay-supplier-events.policy.ts';

const MOST = { undecided: REPLAY_WINDOW, underWay: REPLAY_MOST_UNDER_WAY };

/** What a replay's workflow needs of the database. */
export function replayActivities({ database }: ActivityDependencies) {
  return {
    /** Writes the next page of the window down. */
    async prepareReplay(replayId: string): Promise<PreparedPage> {
      const next = await inLedger('prepare replay', () => prepareReplayPage(database, replayId));
      return next ? { next } : {};
    },

    /** Makes events due for some seconds, as others come to their end: one activity for many events. */
    async runReplay(replayId: string): Promise<ReplayAdvance> {
      const context = Context.current();
      const end = Date.now() + ADVANCE_FOR_MS;
      for (;;) {
        const advance = await inLedger('run replay', () => advanceReplay(database, replayId, MOST));
        if (advance.state !== 'running' || Date.now() >= end) return advance;
        context.heartbeat(advance.underWay);
        // Throws when the workflow is cancelled or the worker has to end.
        await context.sleep(ADVANCE_EVERY_MS);
      }
    },

    /** Ends a replay of which nothing is left to do; only `replay cancel` ends another. */
    async endReplay(replayId: string): Promise<void> {
      await endReplay(database, replayId, 'completed');
    },
  };
}

/** A replay that the ledger does not know, as after an older backup was restored, would wait for ever. */
async function inLedger<T>(step: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseFailure(step, error);
  }
}
