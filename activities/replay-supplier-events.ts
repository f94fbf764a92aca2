import { addReplayProgress, endReplay, readReplayPage } from '../src/database/replay.ts';
import type { ReplayEnd, ReplayPage, ReplayPosition, ReplayProgress } from '../src/domain/replay.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { REPLAY_PAGE } from './replay-supplier-events.policy.ts';

/** What a replay's workflow needs of the database. */
export function replayActivities({ database }: ActivityDependencies) {
  return {
    readReplayEvents: (replayId: string, after?: ReplayPosition): Promise<ReplayPage> =>
      readReplayPage(database, { replayId, after, limit: REPLAY_PAGE }),
    reportReplayProgress: (progress: ReplayProgress): Promise<void> => addReplayProgress(database, progress),
    endReplay: (replayId: string, state: ReplayEnd): Promise<void> => endReplay(database, replayId, state),
  };
}
