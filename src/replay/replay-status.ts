import type { Database } from '../database/client.ts';
import type { Replay as ReplayRow } from '../generated/prisma/client.ts';
import { readCarriedRules } from './carried-rules.ts';
import { windowOf } from './replay-rows.ts';
import type { ReplayWindow } from './replay-window.ts';
import { readReplayCounts, type ReplayCounts } from '../retention/replay-counts.ts';
import { changesItem, type ItemOutcome } from '../domain/predict-item.ts';
import type { ReplayState } from '../domain/replay.ts';
import { formatTime } from '../domain/time.ts';

/** How a replay stands, as the CLI and the API say it. Times are RFC 3339. */
export interface ReplayStatus {
  replayId: string;
  tenant: string;
  state: ReplayState;
  requestedBy: string;
  by: ReplayWindow['by'];
  since: string;
  until: string;
  supplier: string | null;
  sku: string | null;
  outcome: string | null;
  failureMode: string | null;
  /** In words: the stock rule whose change it carries out. */
  stockRule: string | null;
  rate: number | null;
  createdAt: string;
  /** When the window was read to its end; `events.total` is exact from then on. */
  preparedAt: string | null;
  finishedAt: string | null;
  /** When its events and items were pruned; the counts stay. */
  prunedAt: string | null;
  events: {
    total: number;
    done: number;
    failed: number;
    outcomes: Record<string, number>;
    failureModes: Record<string, number>;
  };
  items: { touched: number; changed: number; unchanged: number; outcomes: Record<string, number> };
}

/** Reads how a replay stands. @returns undefined when there is none */
export async function readReplayStatus(
  database: Database,
  replayId: string,
): Promise<ReplayStatus | undefined> {
  const replay = await database.replay.findUnique({ where: { id: replayId } });
  if (!replay) return undefined;
  const { events, items } = replay.summary
    ? (replay.summary as unknown as ReplayCounts)
    : await readReplayCounts(database, replayId);
  const itemCounts = items.map(({ outcome, count }) => ({ outcome: outcome as ItemOutcome, count }));
  const outcomes = tally(events.map(({ outcome, count }) => [outcome, count]));
  return {
    ...requestOf(replay, await readCarriedRules(database, [replay])),
    events: {
      total: replay.eventsTotal,
      done: sumOf(events),
      failed: outcomes.failed ?? 0,
      outcomes,
      failureModes: tally(events.map(({ failureMode, count }) => [failureMode, count])),
    },
    items: {
      touched: sumOf(itemCounts.filter(({ outcome }) => outcome !== 'held')),
      changed: sumOf(itemCounts.filter(({ outcome }) => changesItem(outcome))),
      unchanged: sumOf(itemCounts.filter(({ outcome }) => outcome !== 'held' && !changesItem(outcome))),
      outcomes: tally(itemCounts.map(({ outcome, count }) => [outcome, count])),
    },
  };
}

/** What a replay was asked for, and where it stands, without counts. */
export function requestOf(
  replay: ReplayRow,
  rules: ReadonlyMap<number, string>,
): Omit<ReplayStatus, 'events' | 'items'> {
  const window = windowOf(replay);
  return {
    replayId: replay.id,
    tenant: replay.tenantId,
    state: replay.state as ReplayState,
    requestedBy: replay.requestedBy,
    by: window.by,
    since: formatTime(window.since),
    until: formatTime(window.until),
    supplier: replay.supplierId,
    sku: replay.sku,
    outcome: replay.outcome,
    failureMode: replay.failureMode,
    stockRule: replay.stockRuleId === null ? null : (rules.get(replay.stockRuleId) ?? ''),
    rate: replay.ratePerSecond,
    createdAt: formatTime(replay.createdAtUs),
    preparedAt: replay.preparedAtUs === null ? null : formatTime(replay.preparedAtUs),
    finishedAt: replay.finishedAtUs === null ? null : formatTime(replay.finishedAtUs),
    prunedAt: replay.prunedAtUs === null ? null : formatTime(replay.prunedAtUs),
  };
}

function sumOf(rows: readonly { count: number }[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0);
}

function tally(rows: readonly (readonly [string | null, number])[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, count] of rows) if (name !== null) counts[name] = (counts[name] ?? 0) + count;
  return Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
