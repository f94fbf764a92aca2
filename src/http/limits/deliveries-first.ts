import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/**
 * Counts the deliveries that are worked on, from when their bodies are here: who sends slowly holds up nobody.
 *
 * @returns waits until there is none, at most so many ms
 */
export function letDeliveriesGoFirst(app: FastifyInstance): (longestMs: number) => Promise<void> {
  let underWay = 0;
  const waiting = new Set<() => void>();

  app.addHook('preHandler', async ({ routeOptions: { config } }, reply) => {
    // Of one whose sender has gone no end would be told any more.
    if (!config?.deliveries || reply.raw.destroyed) return;
    underWay += 1;
    reply.raw.once('close', () => {
      underWay -= 1;
      if (underWay === 0) for (const go of waiting) go();
    });
  });

  return async (longestMs) => {
    if (underWay === 0) return;
    const enough = new AbortController();
    const go = (): void => enough.abort();
    waiting.add(go);
    try {
      await sleep(longestMs, undefined, { signal: enough.signal }).catch(() => undefined);
    } finally {
      waiting.delete(go);
    }
  };
}
