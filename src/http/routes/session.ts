import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { FailedSignIn } from '../../access/failed-sign-ins.ts';
import { csrfTokenOf, endSession, openSession, type OpenedSession } from '../../access/sessions.ts';
import { useTicket } from '../../access/tickets.ts';
import { findPrincipal, TokenEndedError, type Principal } from '../../access/tokens.ts';
import type { Door } from '../../domain/origin.ts';
import { formatTime } from '../../domain/time.ts';
import { doorOf } from '../audited-by.ts';
import { sessionIdOf, writeSessionCookie } from '../console/session-cookie.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { isCrossSite } from '../same-origin.ts';
import { sessionSchema, signInSchema, type Session } from './session-schema.ts';

/** Signing in to the console, and out. */
export function registerSession(
  app: FastifyInstance,
  dependencies: ServerDependencies,
  onRefused: (failed: FailedSignIn) => void,
): void {
  const { publicUrl, sessionIdleSeconds: idleSeconds } = dependencies;
  const { people: database } = dependencies.databases;
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/session',
    {
      config: { role: 'supplier', turnless: true },
      schema: { summary: 'Who is signed in', response: { 200: sessionSchema, ...problemResponse } },
    },
    async ({ principal }) => sessionOf(principal as Principal),
  );

  routes.post(
    '/session',
    {
      config: { public: true },
      schema: {
        summary: 'Sign in to the console',
        description: 'Answers with a cookie that only browsers of this origin send back.',
        body: signInSchema,
        response: { 201: sessionSchema, ...problemResponse },
      },
    },
    async (request, reply) => {
      // Else another site could sign somebody in as somebody else, and read along what they do.
      if (isCrossSite(request, publicUrl)) throw new ProblemError('csrf_refused');
      const { body } = request;
      const opened =
        'ticket' in body
          ? await useTicket(database, body.ticket, { idleSeconds, door: doorOf(request) })
          : await openByToken(body.token, doorOf(request));
      if (!opened) {
        const token = 'token' in body ? body.token : undefined;
        onRefused({ where: 'console', token, ...doorOf(request) });
        throw new ProblemError('sign_in_refused');
      }
      return begin(request, reply, opened);
    },
  );

  routes.delete(
    '/session',
    {
      config: { role: 'supplier' },
      schema: {
        summary: 'Sign out of the console',
        response: { 204: z.null().describe('Signed out.'), ...problemResponse },
      },
    },
    async (request, reply) => {
      const { session } = request.principal as Principal;
      if (session) await endSession(database, session.id, doorOf(request));
      writeSessionCookie(request, reply, '', publicUrl);
      return reply.code(204).send(null);
    },
  );

  async function openByToken(token: string, door: Door) {
    const owner = await findPrincipal(database, token).catch((error: unknown) => {
      if (!(error instanceof TokenEndedError)) throw error;
      onRefused({ where: 'console', token, ended: error.end, ...door });
      throw new ProblemError('sign_in_refused', { detail: error.message });
    });
    if (!owner) return undefined;
    return database.$transaction(async (transaction) => ({
      ...(await openSession(transaction, owner, { idleSeconds, door })),
      owner,
    }));
  }

  async function begin(
    request: FastifyRequest,
    reply: FastifyReply,
    { sessionId, number, expiresAt, owner }: OpenedSession & { owner: Principal },
  ): Promise<FastifyReply> {
    const before = sessionIdOf(request, publicUrl);
    if (before !== undefined) await endSession(database, before, doorOf(request));
    writeSessionCookie(request, reply, sessionId, publicUrl);
    return reply.code(201).send(sessionOf({ ...owner, session: { id: sessionId, number, expiresAt } }));
  }
}

function sessionOf({ name, role, tenant, supplier, session }: Principal): Session {
  return {
    name,
    role,
    tenant,
    supplier: supplier ?? null,
    expiresAt: session ? formatTime(session.expiresAt) : null,
    csrfToken: session ? csrfTokenOf(session.id) : null,
  };
}
