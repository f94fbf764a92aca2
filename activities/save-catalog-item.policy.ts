import type { ActivityOptions, LocalActivityOptions } from '@temporalio/common';

/** The first attempt runs inside the workflow task: short, so that a slow database does not hold the task. */
export const saveFirst: LocalActivityOptions = {
  startToCloseTimeout: '4s',
  retry: { maximumAttempts: 1 },
};

/** For how long it is tried, in ms. */
export const SAVE_FOR_MS = 24 * 3_600_000;

/** When the first attempt failed: visible in the Web UI with its last failure, for a day. */
export const saveAgain: ActivityOptions = {
  startToCloseTimeout: '20s',
  scheduleToCloseTimeout: SAVE_FOR_MS,
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '15s' },
};
