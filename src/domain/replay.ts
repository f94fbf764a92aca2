import type { SyncInput } from './sync-event.ts';

/** What the workflow of a replay is started with; `after` is set when it continues as new. */
export interface ReplayInput {
  replayId: string;
  after?: ReplayPosition;
}

/** The last event of a page, by the order in which a replay goes through its window. */
export interface ReplayPosition {
  receivedAt: string;
  seq: string;
}

export interface ReplayPage {
  events: { workflowId: string; input: SyncInput }[];
  /** Undefined after the last page. */
  next?: ReplayPosition;
}

export interface ReplayProgress {
  replayId: string;
  /** Since the last report. */
  done: number;
  failed: number;
}

export type ReplayEnd = 'completed' | 'failed' | 'cancelled';
