import type { ActivityOptions } from '@temporalio/common';

/** How many of a replay's events are on their way to a decision at a time. */
export const REPLAY_WINDOW = 50;

/** The same with those that wait for their storefront only: a dead one holds up a replay when so many wait for it. */
export const REPLAY_MOST_UNDER_WAY = 1_000;

/** For how long one activity makes events due, in ms; below the time that a stopping worker gives it. */
export const ADVANCE_FOR_MS = 5_000;

/** Between two looks at what has come to its end, in ms. */
export const ADVANCE_EVERY_MS = 150;

/** Without an end: a replay waits for its database. */
export const replayPolicy: ActivityOptions = {
  startToCloseTimeout: '30s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '15s' },
};

/** The heartbeat tells a dead worker from a slow one. */
export const runReplayPolicy: ActivityOptions = {
  ...replayPolicy,
  heartbeatTimeout: '10s',
};
