import type { ActivityOptions } from '@temporalio/common';

/** For how long one activity carries a sweep on, in ms; below the time that a stopping worker gives it. */
export const SWEEP_FOR_MS = 4_000;

/**
 * Without an end: a sweep waits for its database, and for its storefront until its own row says that this has lasted
 * too long. The heartbeat tells a dead worker from a slow storefront.
 */
export const sweepPolicy: ActivityOptions = {
  startToCloseTimeout: '15m',
  heartbeatTimeout: '20s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
};

/** Quick statements only. */
export const sweepRowPolicy: ActivityOptions = {
  startToCloseTimeout: '30s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '15s' },
};
