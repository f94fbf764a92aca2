import type { ActivityOptions } from '@temporalio/common';

/** The next round is due soon, and reads anew. */
export const noteConditionsPolicy: ActivityOptions = {
  startToCloseTimeout: '60s',
  scheduleToCloseTimeout: '2m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '15s' },
};

/**
 * Without an end: a message that nobody takes is given up by the ledger's clock, days later. A receiver that is away is
 * asked every five minutes; a worker that died is noticed after half a minute.
 */
export const sendNotificationPolicy: ActivityOptions = {
  startToCloseTimeout: '30s',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '5m' },
};
