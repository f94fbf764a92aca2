import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { KeysError, refuseMisfit } from '../../access/secrets/require-keys.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';

/** Answers 200 when requests can be served; else says which part is missing. */
export function registerGetReadiness(
  app: FastifyInstance,
  { databases: { intake: database }, secretsKeys }: ServerDependencies,
): void {
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
      try {
        await refuseMisfit(database, secretsKeys, { quick: true });
      } catch (error) {
        if (!(error instanceof KeysError)) throw error;
        throw new ProblemError('not_ready', { detail: error.message, retryAfter: 5 });
      }
      return { status: 'ready' };
    },
  });
}
