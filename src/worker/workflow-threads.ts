import { pathToFileURL } from 'node:url';
import workerThreads, { type WorkerOptions } from 'node:worker_threads';
import { built } from './workflow-bundle.ts';

/** The thread that Temporal's SDK starts for workflows. */
const THREAD_OF_WORKFLOWS = /[\\/]workflow-worker-thread\.js$/;
const { Worker } = workerThreads;

class WorkerWithFewTimeLimits extends Worker {
  constructor(file: string | URL, options: WorkerOptions = {}) {
    const preload = ['--import', pathToFileURL(built('src/worker/few-time-limits.js')).href];
    super(
      file,
      THREAD_OF_WORKFLOWS.test(String(file))
        ? { ...options, execArgv: [...(options.execArgv ?? []), ...preload] }
        : options,
    );
  }
}

/** From now on workflows' threads of this process load few-time-limits before the SDK, which has no option for it. */
export function preloadWorkflowThreads(): void {
  workerThreads.Worker = WorkerWithFewTimeLimits;
}
