import type { Database } from '../database/client.ts';

/** What a replay did, counted: kept when its events and items are pruned. */
export interface ReplayCounts {
  events: { outcome: string | null; failureMode: string | null; count: number }[];
  items: { outcome: string | null; count: number }[];
}

export async function readReplayCounts(
  database: Pick<Database, 'replayEvent' | 'replayItem'>,
  replayId: string,
): Promise<ReplayCounts> {
  const [events, items] = await Promise.all([
    database.replayEvent.groupBy({
      by: ['outcome', 'failureMode'],
      where: { replayId, doneAtUs: { not: null } },
      _count: true,
    }),
    database.replayItem.groupBy({
      by: ['outcome'],
      where: { replayId, outcome: { not: null } },
      _count: true,
    }),
  ]);
  return {
    events: events.map(({ outcome, failureMode, _count: count }) => ({ outcome, failureMode, count })),
    items: items.map(({ outcome, _count: count }) => ({ outcome, count })),
  };
}
