import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/client.ts';
import { isDatabaseUnavailable } from '../database/database-unavailable.ts';
import { readSettledItems, type ItemPosition, type ReplayedItem } from './replay-items.ts';
import { readReplayStatus, type ReplayStatus } from './replay-status.ts';

const PAGE = 500;
const LOOK_EVERY_MS = 500;

export interface ReplayFollower {
  /** Items that the replay has finished with. */
  items(items: ReplayedItem[]): void;
  progress(status: ReplayStatus): void;
  /** The database does not answer; it is asked again. */
  away(): void;
}

/**
 * Follows a replay from the database until it ends or the signal fires, and hands over each item that it has finished
 * with once. It holds no more than a page of them.
 *
 * @returns how it stood at the last look
 * @throws when there is no such replay
 */
export async function followReplay(
  database: Database,
  replayId: string,
  on: ReplayFollower,
  signal: AbortSignal,
): Promise<ReplayStatus> {
  let after: ItemPosition | undefined;
  for (;;) {
    try {
      const status = await readReplayStatus(database, replayId);
      if (!status) throw new Error(`There is no replay ${replayId}.`);
      for (;;) {
        const running = status.state === 'running';
        const page = await readSettledItems(database, { replayId, after, running, limit: PAGE });
        after = page.next;
        if (page.items.length > 0) on.items(page.items);
        if (!page.full || signal.aborted) break;
      }
      on.progress(status);
      if (status.state !== 'running' || signal.aborted) return status;
    } catch (error) {
      if (!isDatabaseUnavailable(error) || signal.aborted) throw error;
      on.away();
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
