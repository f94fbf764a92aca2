import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/client.ts';

export interface ReplayStatus {
  state: 'running' | 'completed' | 'failed' | 'cancelled';
  eventsTotal: number;
  eventsDone: number;
  eventsFailed: number;
}

const PAGE = 500;
const LOOK_EVERY_MS = 500;

/**
 * Follows a replay from the database until it ends or the signal fires, and hands over each touched item once, in the
 * order in which it was touched.
 *
 * @returns how it stood at the last look
 */
export async function followReplay(
  database: Database,
  replayId: string,
  on: { items(itemIds: string[]): void; progress(status: ReplayStatus): void },
  signal: AbortSignal,
): Promise<ReplayStatus> {
  let lastNo = 0n;
  for (;;) {
    const replay = await database.replay.findUniqueOrThrow({ where: { id: replayId } });
    const status: ReplayStatus = { ...replay, state: replay.state as ReplayStatus['state'] };
    for (;;) {
      const items = await database.replayItem.findMany({
        where: { replayId, no: { gt: lastNo } },
        orderBy: { no: 'asc' },
        take: PAGE,
      });
      on.items(items.map(({ itemId }) => itemId));
      lastNo = items.at(-1)?.no ?? lastNo;
      if (items.length < PAGE) break;
    }
    on.progress(status);
    if (status.state !== 'running' || signal.aborted) return status;
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
