import type { LocalActivityOptions } from '@temporalio/common';

/** Pure computation: it either answers at once or never will. */
export const normalizePolicy: LocalActivityOptions = {
  startToCloseTimeout: '5s',
  retry: { maximumAttempts: 3, initialInterval: '100ms' },
};
