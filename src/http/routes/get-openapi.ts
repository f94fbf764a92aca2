import type { FastifyInstance } from 'fastify';

/** The API's own description, OpenAPI 3.1. */
export function registerGetOpenapi(app: FastifyInstance): void {
  app.get('/openapi.json', { config: { role: 'viewer' }, schema: { hide: true } }, async () => app.swagger());
}
