import { createSteps } from './steps.ts';
import { serve } from './serve.ts';
import { startWorker } from './temporal-worker.ts';

const steps = createSteps({ connections: 20 });
const { normalize, save, publish } = steps;
const worker = await startWorker({ activities: { normalize, save, publish } });
serve({
  start: async () => undefined,
  close: async () => {
    await worker.stop();
    await steps.pool.end();
  },
});
