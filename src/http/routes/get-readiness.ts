import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { KeysError, refuseMisfit } from '../../access/secrets/require-keys.ts';
import { instanceHeader } from '../../process/instance.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { shareAnswer } from '../shared-answer.ts';

/** In seconds. */
const RETRY_AFTER = 5;
/** An answer is good for so long: whoever asks in a loop, and needs no token for it, takes no connection from intake. */
const KEPT_MS = 1_000;

/** Answers 200 when requests can be served; else says which part is missing. */
export function registerGetReadiness(app: FastifyInstance, dependencies: ServerDependencies): void {
  const check = shareAnswer(() => requireReady(app, dependencies), KEPT_MS);
  app.route({
    method: 'GET',
    url: '/readyz',
    config: { public: true, uncounted: true },
    schema: {
      summary: 'Whether requests can be served',
      response: { 200: z.object({ status: z.literal('ready') }), ...problemResponse },
    },
    handler: async (_request, reply) => {
      await check();
      void reply.headers(instanceHeader());
      return { status: 'ready' };
    },
  });
}

/** @throws ProblemError `not_ready` */
async function requireReady(
  { log }: Pick<FastifyInstance, 'log'>,
  { databases: { intake: database }, secretsKeys }: Pick<ServerDependencies, 'databases' | 'secretsKeys'>,
): Promise<void> {
  let migrated: boolean;
  try {
    const rows = await database.$queryRaw<{ migrated: boolean }[]>`
      SELECT to_regprocedure('record_supplier_events(text, text, jsonb, boolean)') IS NOT NULL
             AND to_regprocedure('note_ignored_fields(text, text, jsonb)') IS NOT NULL AS migrated`;
    migrated = rows[0]?.migrated === true;
  } catch (error) {
    log.warn({ err: error }, 'not ready: PostgreSQL does not answer');
    throw notReady('PostgreSQL does not answer.');
  }
  if (!migrated) throw notReady('The database lacks migrations: run `catalog-sync setup`.');
  try {
    await refuseMisfit(database, secretsKeys, { quick: true });
  } catch (error) {
    if (!(error instanceof KeysError)) throw error;
    throw notReady(error.message);
  }
}

function notReady(detail: string): ProblemError {
  return new ProblemError('not_ready', { detail, retryAfter: RETRY_AFTER });
}
