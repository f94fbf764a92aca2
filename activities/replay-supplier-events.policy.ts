import type { ActivityOptions } from '@temporalio/common';

/** How many events a replay reads at a time. */
export const REPLAY_PAGE = 100;

/** How many of a replay's event workflows run at a time. */
export const REPLAY_WINDOW = 20;

/** Reading a page and writing the counts: without an end, since a replay waits for its database. */
export const replayPolicy: ActivityOptions = {
  startToCloseTimeout: '30s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '15s' },
};
