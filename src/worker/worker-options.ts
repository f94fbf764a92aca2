import type { WorkerOptions } from '@temporalio/worker';

/**
 * Slots and caches of the worker for workflows and quick activities.
 *
 * A slot is held for a whole event: two saves' time and the storefront's answer, some 50 ms. So 60 of them carry more
 * than a thousand events a second, which is beyond any one process; with many more, each event of a busy process
 * takes seconds, and workflow tasks time out and are done twice.
 */
export const MAIN_WORKER = {
  maxConcurrentWorkflowTaskExecutions: 60,
  maxConcurrentLocalActivityExecutions: 120,
  maxConcurrentActivityTaskExecutions: 50,
  maxCachedWorkflows: 1_000,
} satisfies Partial<WorkerOptions>;
