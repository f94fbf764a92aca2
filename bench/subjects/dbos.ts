import { DBOS } from '@dbos-inc/dbos-sdk';
import { serve, setting } from './serve.ts';
import { createSteps, type PeerEvent } from './steps.ts';

// As https://docs.dbos.dev has it: a registered workflow whose steps are run by DBOS.runStep with retries, started by
// the process that takes the request.
const steps = createSteps({ connections: 10 });
const retries = { retriesAllowed: true, maxAttempts: 10, intervalSeconds: 1, backoffRate: 2 };

async function syncEvent(event: PeerEvent): Promise<string> {
  const item = await DBOS.runStep(() => steps.normalize(event), { name: 'normalize', ...retries });
  const version = await DBOS.runStep(() => steps.save(event, item), { name: 'save', ...retries });
  if (version === null) return 'superseded';
  return DBOS.runStep(() => steps.publish(event, item, version), { name: 'publish', ...retries });
}
const sync = DBOS.registerWorkflow(syncEvent, { name: 'syncEvent' });

DBOS.setConfig({ name: 'bench', systemDatabaseUrl: setting('DATABASE_URL'), logLevel: 'error' });
await DBOS.launch();
serve({
  start: async (events) => {
    for (const event of await steps.record(events)) {
      await DBOS.startWorkflow(sync, { workflowID: event.id })(event);
    }
  },
  close: async () => {
    await DBOS.shutdown();
    await steps.pool.end();
  },
});
