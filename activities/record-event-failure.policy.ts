import type { ActivityOptions, LocalActivityOptions } from '@temporalio/common';

export const recordFirst: LocalActivityOptions = {
  startToCloseTimeout: '4s',
  retry: { maximumAttempts: 1 },
};

/** Without an end: the ledger has to say in the end what the workflow says. */
export const recordAgain: ActivityOptions = {
  startToCloseTimeout: '20s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
};
