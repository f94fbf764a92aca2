import { Client } from '@temporalio/client';
import type { BenchEvent } from '../events.ts';
import type { BenchSinks } from '../temporal/ceiling-workflow.ts';
import type { InjectedSinks } from '@temporalio/worker';
import { serve } from './serve.ts';
import { startWorker } from './temporal-worker.ts';

/** Enough to keep it busy: with more it is no faster. */
const WINDOW = 24;
/** As many as the product's starter starts at a time. */
const STARTS = 25;

const queue: BenchEvent[] = [];
let started = 0;
let done = 0;
let starting = 0;

const sinks: InjectedSinks<BenchSinks> = {
  bench: {
    done: {
      fn: () => {
        done += 1;
        startMore();
      },
    },
  },
};
const worker = await startWorker({ sinks });
const client = new Client({ connection: worker.connection, namespace: worker.namespace });

function startMore(): void {
  while (starting < STARTS && started - done < WINDOW) {
    const event = queue.shift();
    if (!event) return;
    starting += 1;
    started += 1;
    void client.workflow
      .start('ceiling', { workflowId: event.id, taskQueue: worker.taskQueue, requestEagerStart: true })
      .finally(() => {
        starting -= 1;
        startMore();
      });
  }
}

serve({
  start: async (events) => {
    queue.push(...events);
    startMore();
  },
  done: () => done,
  close: () => worker.stop(),
});
