import type { ActivityOptions } from '@temporalio/common';

/** What is left over is taken up by the next night's. */
export const prunePolicy: ActivityOptions = {
  startToCloseTimeout: '12h',
  scheduleToCloseTimeout: '20h',
  heartbeatTimeout: '3m',
  // A worker that stops ends its prune in order, within one step.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '10s', backoffCoefficient: 2, maximumInterval: '10m' },
};
