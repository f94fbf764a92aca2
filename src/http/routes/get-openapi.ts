import type { FastifyInstance } from 'fastify';
import { API_PAGE_POLICY, renderApiPage, type ApiDescription } from '../api-page/render-api-page.ts';

/** The API's own description, OpenAPI 3.1, and the same as a page: for whoever is about to send something, so for all. */
export function registerGetOpenapi(app: FastifyInstance): void {
  const options = { config: { public: true }, schema: { hide: true } } as const;
  app.get('/openapi.json', options, async () => app.swagger());

  let page: string | undefined;
  app.get('/api-docs', options, async (_request, reply) => {
    page ??= renderApiPage(app.swagger() as unknown as ApiDescription);
    return reply
      .header('content-security-policy', API_PAGE_POLICY)
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(page);
  });
}
