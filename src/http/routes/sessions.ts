import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listSessions, revokeSessions, UnknownSessionError } from '../../access/list-sessions.ts';
import { auditedBy } from '../audited-by.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { sessionsSchema } from './sessions-schema.ts';

/** Who is signed in, and the end of it. An admin of one tenant sees that tenant's alone. */
export function registerSessions(
  app: FastifyInstance,
  { databases: { people: database } }: ServerDependencies,
): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/v1/sessions',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Who is signed in to the console, the latest first',
        response: { 200: sessionsSchema, ...problemResponse },
      },
    },
    async ({ principal }) => {
      const sessions = await listSessions(database, principal?.tenant ?? null);
      const own = principal?.session?.number.toString();
      return { sessions: sessions.map((one) => ({ ...one, own: one.id === own })) };
    },
  );

  routes.delete(
    '/v1/sessions/:session',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'End a session at once',
        params: z.object({ session: z.string() }),
        response: { 204: z.null().describe('Ended.'), ...problemResponse },
      },
    },
    async (request, reply) => {
      const { params, principal } = request;
      // Nothing else is a session's number, and a longer one would be an error of the database.
      if (!/^\d{1,18}$/.test(params.session)) throw new ProblemError('not_found');
      const id = BigInt(params.session);
      const only = principal?.tenant ?? null;
      await revokeSessions(database, { id, only, ...auditedBy(request) }).catch((error: unknown) => {
        throw error instanceof UnknownSessionError ? new ProblemError('not_found') : error;
      });
      return reply.code(204).send(null);
    },
  );
}
