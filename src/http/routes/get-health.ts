import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

/** Answers as long as the process lives, whatever it depends on: a restart would not bring PostgreSQL back. */
export function registerGetHealth(app: FastifyInstance): void {
  app.get(
    '/healthz',
    {
      config: { public: true, uncounted: true },
      schema: {
        summary: 'Whether the process lives',
        response: { 200: z.object({ status: z.literal('alive') }) },
      },
    },
    async () => ({ status: 'alive' }),
  );
}
