import type { WorkerOptions } from '@temporalio/worker';
import { FIRST_ATTEMPTS_AT_ONCE } from '../../activities/first-attempts.ts';

/**
 * Slots and caches of the worker for workflows and quick activities.
 *
 * A slot is held for a whole event: two saves' time and the storefront's answer, some 50 ms. So 60 of them carry more
 * than a thousand events a second, which is beyond any one process; with many more, each event of a busy process
 * takes seconds, and workflow tasks time out and are done twice.
 */
export const MAIN_WORKER = {
  maxConcurrentWorkflowTaskExecutions: FIRST_ATTEMPTS_AT_ONCE,
  maxConcurrentLocalActivityExecutions: 120,
  maxConcurrentActivityTaskExecutions: 50,
  maxCachedWorkflows: 1_000,
} satisfies Partial<WorkerOptions>;
