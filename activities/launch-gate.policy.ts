import type { ActivityOptions } from '@temporalio/common';

/** Without an end: a gate that cannot sample waits, and its signals read inconclusive meanwhile. */
export const samplePolicy: ActivityOptions = {
  startToCloseTimeout: '60s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '15s' },
};

/**
 * Longer than a command is good for (`expiresAt`): what is too late is refused by the database's transaction, and not
 * given up here while it may still be carried out.
 */
export const commandPolicy: ActivityOptions = {
  startToCloseTimeout: '20s',
  scheduleToCloseTimeout: '20s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '2s' },
};

/** What is left over is taken up by the next day's. */
export const rollUpPolicy: ActivityOptions = {
  startToCloseTimeout: '1h',
  scheduleToCloseTimeout: '6h',
  heartbeatTimeout: '1m',
  retry: { initialInterval: '10s', backoffCoefficient: 2, maximumInterval: '10m' },
};
