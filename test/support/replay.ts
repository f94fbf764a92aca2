import type { ReplayWindow } from '../../src/replay/replay-window.ts';
import type { ItemOutcome } from '../../src/domain/predict-item.ts';
import { microsOf, seconds } from '../../src/domain/time.ts';
import { checkReplay } from '../../src/replay/check-replay.ts';
import { freezeWindow } from '../../src/replay/freeze-window.ts';
import { followReplay } from '../../src/replay/follow-replay.ts';
import { predictReplay } from '../../src/replay/predict-replay.ts';
import type { RejectedEvent, ReplayedItem } from '../../src/replay/replay-items.ts';
import type { ReplayStatus } from '../../src/replay/replay-status.ts';
import { requestReplay } from '../../src/replay/request-replay.ts';
import type { Database } from '../../src/database/client.ts';
import { until } from './until.ts';

/** Everything that tenant `shop` received so far, unless told. */
export function windowOf(window: Partial<ReplayWindow> = {}): ReplayWindow {
  return {
    tenant: 'shop',
    by: 'received_at',
    since: 0n,
    until: microsOf(new Date()) + seconds(60),
    asOf: microsOf(new Date()) + seconds(60),
    ...window,
  };
}

export interface Replayed {
  id: string;
  status: ReplayStatus;
  items: ReplayedItem[];
  /** Sorted; without those whose events were all held. */
  touched: string[];
}

export async function startReplay(
  database: Database,
  window: Partial<ReplayWindow> = {},
  rate?: number,
): Promise<string> {
  const whole = await freezeWindow(database, windowOf(window));
  const eventsTotal = await checkReplay(database, whole);
  return requestReplay(database, { ...whole, eventsTotal, rate, requestedBy: 'test' });
}

export async function follow(database: Database, id: string): Promise<Replayed> {
  const items: ReplayedItem[] = [];
  const status = await followReplay(
    database,
    id,
    { items: (page) => items.push(...page), progress: () => undefined, away: () => undefined },
    AbortSignal.timeout(90_000),
  );
  const touched = items.filter(({ outcome }) => outcome !== 'held').map(({ itemId }) => itemId);
  return { id, status, items, touched: touched.toSorted() };
}

/** Replays to the end. */
export async function replay(database: Database, window: Partial<ReplayWindow> = {}): Promise<Replayed> {
  return follow(database, await startReplay(database, window));
}

export async function predict(database: Database, window: Partial<ReplayWindow> = {}) {
  const items = new Map<string, ItemOutcome>();
  const rejected: RejectedEvent[] = [];
  const prediction = await predictReplay(database, windowOf(window), {
    item: (itemId, outcome) => void items.set(itemId, outcome),
    rejected: (event) => void rejected.push(event),
  });
  return { prediction, items, rejected };
}

/** Waits until no event's workflow has anything left to do. */
export function settled(database: Database): Promise<unknown> {
  return until(
    async () => (await database.supplierEvent.count({ where: { startDueUs: { not: null } } })) === 0,
  );
}
