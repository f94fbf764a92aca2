import type { FastifyInstance } from 'fastify';
import { NAME } from '../domain/identity.ts';

/** One line a request: what was asked by which route, and how it ended; never a body, a query or a header. */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const { tenant, supplier } = request.params as { tenant?: string; supplier?: string };
    const names = Object.entries({ tenant, supplier }).filter(
      ([, name]) => name !== undefined && NAME.test(name),
    );
    if (names.length > 0) request.log = request.log.child(Object.fromEntries(names));
  });

  app.addHook('onResponse', async (request, reply) => {
    const line = {
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    };
    if (reply.statusCode >= 500) request.log.warn(line, 'request');
    else request.log.info(line, 'request');
  });
}
