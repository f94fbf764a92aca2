import './with-resolvers.ts';
import * as restate from '@restatedev/restate-sdk';
import { serve, setting } from './serve.ts';
import { createSteps, type PeerEvent } from './steps.ts';

// A service whose handler journals each step with ctx.run; requests go to the server's ingress, which keeps them.
const steps = createSteps({ connections: 10 });
const ingress = setting('RESTATE_INGRESS');
const retries = { maxRetryAttempts: 10, initialRetryInterval: 1000, retryIntervalFactor: 2 };

const sync = restate.service({
  name: 'sync',
  handlers: {
    event: async (ctx: restate.Context, event: PeerEvent): Promise<string> => {
      const item = await ctx.run('normalize', () => steps.normalize(event), retries);
      const version = await ctx.run('save', () => steps.save(event, item), retries);
      if (version === null) return 'superseded';
      return ctx.run('publish', () => steps.publish(event, item, version), retries);
    },
  },
});

const port = await restate.serve({ services: [sync], port: Number(setting('SERVICE_PORT')) });
const registered = await fetch(`${setting('RESTATE_ADMIN')}/deployments`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ uri: `http://127.0.0.1:${port}`, force: true }),
});
if (!registered.ok) throw new Error(`Restate did not take the service: ${await registered.text()}`);

serve({
  start: async (events) => {
    const recorded = await steps.record(events);
    await Promise.all(
      recorded.map(async (event) => {
        const response = await fetch(`${ingress}/sync/event/send`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': event.id },
          body: JSON.stringify(event),
        });
        if (!response.ok) throw new Error(`Restate answered ${response.status}: ${await response.text()}`);
        await response.arrayBuffer();
      }),
    );
  },
  close: () => steps.pool.end(),
});
