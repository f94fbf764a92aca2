import type { WorkerOptions } from '@temporalio/worker';

/** Slots and caches of the worker for workflows and quick activities. */
export const MAIN_WORKER = {
  // A first publish attempt holds its workflow task for as long as the storefront takes to answer.
  maxConcurrentWorkflowTaskExecutions: 100,
  maxConcurrentLocalActivityExecutions: 200,
  maxConcurrentActivityTaskExecutions: 50,
  maxCachedWorkflows: 1_000,
} satisfies Partial<WorkerOptions>;
