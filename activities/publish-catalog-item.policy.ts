import type { ActivityOptions, LocalActivityOptions } from '@temporalio/common';

/** The task queue of publishes that have to wait, so that a slow storefront takes no slot of the rest. */
export const PUBLISH_TASK_QUEUE = 'catalog-publish';

/** How long the storefront may take to answer the first attempt, in ms; a little below `publishFirst`. */
export const FIRST_ANSWER_MS = 2_000;

/** After several answers in a row that took longer, ms, the storefront's publishes wait outside workflow tasks. */
export const SLOW_ANSWER_MS = 1_800;

/** How long it may take to answer a later attempt, in ms; below `publishAgain`. */
export const LATER_ANSWER_MS = 10_000;

/** Where a tenant has several storefronts: no further one is begun with so long after a first try's begin, and a later one's, in ms. */
export const FIRST_TRY_MS = 1_500;
export const LATER_TRY_MS = 8_000;

/** How many publishes a worker holds at once that have to wait. Most of them wait for their turn. */
export const PUBLISHES_AT_ONCE = 400;

/** How long one waits for a turn of its storefront before it comes back later, in ms; with an answer below `publishAgain`. */
export const TURN_WITHIN_MS = 8_000;

/** How long to wait after a failed first attempt, in ms, when the storefront did not say. */
export const PAUSE_AFTER_FIRST_MS = 1_000;

/** For how long it is tried after the first attempt, in ms. */
export const PUBLISH_FOR_MS = 24 * 3_600_000;

/** The first attempt runs inside the workflow task. */
export const publishFirst: LocalActivityOptions = {
  startToCloseTimeout: '4s',
  retry: { maximumAttempts: 1 },
};

/** When it has to wait: visible in the Web UI with its last failure, for a day. */
export const publishAgain: ActivityOptions = {
  taskQueue: PUBLISH_TASK_QUEUE,
  startToCloseTimeout: '20s',
  scheduleToCloseTimeout: PUBLISH_FOR_MS,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '20s' },
};
