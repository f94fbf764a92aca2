import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ServerDependencies } from '../dependencies.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';

/** Answers 200 when requests can be served; else says which part is missing. */
export function registerGetReadiness(app: FastifyInstance, { database }: ServerDependencies): void {
  app.route({
    method: 'GET',
    url: '/readyz',
    config: { public: true, uncounted: true },
    schema: {
      summary: 'Whether requests can be served',
      response: { 200: z.object({ status: z.literal('ready') }), ...problemResponse },
    },
    handler: async (request) => {
      let migrated: boolean;
      try {
        const rows = await database.$queryRaw<{ migrated: boolean }[]>`
          SELECT to_regprocedure('record_supplier_events(text, text, jsonb)') IS NOT NULL AS migrated`;
        migrated = rows[0]?.migrated === true;
      } catch (error) {
        request.log.warn({ err: error }, 'not ready: PostgreSQL does not answer');
        throw new ProblemError('not_ready', { detail: 'PostgreSQL does not answer.', retryAfter: 5 });
      }
      if (!migrated) {
        throw new ProblemError('not_ready', {
          detail: 'The database lacks migrations: run `catalog-sync setup`.',
          retryAfter: 5,
        });
      }
      return { status: 'ready' };
    },
  });
}
