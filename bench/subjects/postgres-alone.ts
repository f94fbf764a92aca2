import { serve } from './serve.ts';
import { createSteps, type PeerEvent } from './steps.ts';

// The save in a loop: what PostgreSQL alone could decide in a second, with nobody to make it durable or publish it.
const CONNECTIONS = 10;
const steps = createSteps({ connections: CONNECTIONS });
const queue: PeerEvent[] = [];
let saved = 0;
let running = 0;

async function drain(): Promise<void> {
  running += 1;
  for (let event = queue.shift(); event; event = queue.shift()) {
    await steps.save(event, await steps.normalize(event));
    saved += 1;
  }
  running -= 1;
}

serve({
  start: async (events) => {
    queue.push(...(await steps.record(events)));
    while (running < CONNECTIONS && running < queue.length) void drain();
  },
  done: () => saved,
  close: () => steps.pool.end(),
});
