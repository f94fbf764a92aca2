/** By which of an event's times a window goes. */
export const WINDOW_TIMES = ['received_at', 'updated_at'] as const;
export type WindowTime = (typeof WINDOW_TIMES)[number];

/** What the workflow of a replay is started with. */
export interface ReplayInput {
  replayId: string;
}

/** An event's place in a window: its time in µs, as text (JSON has no 64-bit integers), and its row in the ledger. */
export interface ReplayPosition {
  orderUs: string;
  seq: string;
}

/** `next` says that there is a further page; before, it said where. */
export interface PreparedPage {
  next?: true | ReplayPosition;
}

/** How far a replay is after some seconds of making events due. */
export interface ReplayAdvance {
  state: 'running' | 'all done' | 'ended';
  underWay: number;
}

export const REPLAY_STATES = ['running', 'completed', 'failed', 'cancelled'] as const;
export type ReplayState = (typeof REPLAY_STATES)[number];
export type ReplayEnd = Exclude<ReplayState, 'running'>;
