import { makeWorkerUtils, run } from 'graphile-worker';
import { serve, setting } from './serve.ts';
import { createSteps, type PeerEvent } from './steps.ts';

// A job queue has no steps: one job does all three, and a retry does them again, which the SQL allows.
const steps = createSteps({ connections: 10 });
const connectionString = setting('DATABASE_URL');
const utils = await makeWorkerUtils({ connectionString });
await utils.migrate();
const runner = await run({
  connectionString,
  concurrency: 20,
  noHandleSignals: true,
  taskList: {
    sync_event: async (payload) => {
      const event = payload as PeerEvent;
      const item = await steps.normalize(event);
      const version = await steps.save(event, item);
      if (version !== null) await steps.publish(event, item, version);
    },
  },
});
serve({
  start: async (events) => {
    const recorded = await steps.record(events);
    await utils.addJobs(
      recorded.map((event) => ({
        identifier: 'sync_event',
        payload: event,
        jobKey: event.id,
        maxAttempts: 10,
      })),
    );
  },
  close: async () => {
    await runner.stop();
    await utils.release();
    await steps.pool.end();
  },
});
