import type { FastifyInstance } from 'fastify';

/** The API's own description, OpenAPI 3.1. */
export function registerGetOpenapi(app: FastifyInstance): void {
  const options = { config: { role: 'viewer', turnless: true }, schema: { hide: true } } as const;
  app.get('/openapi.json', options, async () => app.swagger());
}
