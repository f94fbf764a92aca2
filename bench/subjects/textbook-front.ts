import { Client, Connection } from '@temporalio/client';
import { createSteps } from './steps.ts';
import { serve, setting } from './serve.ts';

// The process that takes requests, as the samples have it: it starts a workflow for each.
const steps = createSteps({ connections: 10 });
const connection = await Connection.connect({ address: setting('TEMPORAL_ADDRESS') });
const client = new Client({ connection, namespace: setting('NAMESPACE') });
serve({
  start: async (events) => {
    const recorded = await steps.record(events);
    await Promise.all(
      recorded.map((event) =>
        client.workflow.start('textbook', { workflowId: event.id, taskQueue: 'bench', args: [event] }),
      ),
    );
  },
  close: async () => {
    await connection.close();
    await steps.pool.end();
  },
});
