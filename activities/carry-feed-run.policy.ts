import type { ActivityOptions } from '@temporalio/common';

/**
 * Without an end: a run waits for its database, and behind live events. One activity reads or records a whole file, since
 * whoever goes on with it reads from the beginning; the heartbeat tells a dead worker from a large file.
 */
export const feedRunPolicy: ActivityOptions = {
  startToCloseTimeout: '24h',
  heartbeatTimeout: '20s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
};

/** Quick statements only. */
export const feedRowPolicy: ActivityOptions = {
  startToCloseTimeout: '30s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '15s' },
};
