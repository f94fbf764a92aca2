import type { FastifyInstance, FastifyRequest } from 'fastify';
import { mayAct, type Role } from '../domain/roles.ts';
import { findSession, isCsrfToken } from '../access/sessions.ts';
import type { FailedSignIn } from '../access/failed-sign-ins.ts';
import { findPrincipal, type Principal } from '../access/tokens.ts';
import type { Database } from '../database/client.ts';
import { doorOf } from './audited-by.ts';
import { isPageRequest } from './console/serve-console.ts';
import { sessionIdOf } from './console/session-cookie.ts';
import { ProblemError } from './problems.ts';
import { isSameOrigin } from './same-origin.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no token: health checks, and what a signature protects. */
    public?: true;
    /** The least role that may use the route. */
    role?: Role;
  }
  interface FastifyRequest {
    /** Who asks; null on a public route. */
    principal: Principal | null;
  }
}

const BEARER = /^Bearer +([^ ]+)$/i;
/** Methods that change nothing. */
const SAFE = new Set(['GET', 'HEAD']);

/**
 * Guards every route, also those that do not exist: without a token, or a session of the console, nobody learns which
 * do; a browser that asks for a page gets the console, whatever the address. A route that declares neither `public` nor
 * `role` stops the server from starting, so none can be open by oversight.
 */
export function requireAccess(
  app: FastifyInstance,
  database: Database,
  onRefused: (failed: FailedSignIn) => void,
): void {
  app.decorateRequest('principal', null);

  app.addHook('onRoute', ({ method, url, config }) => {
    if ((config?.public === true) === (config?.role !== undefined)) {
      throw new Error(`${String(method)} ${url} has to declare either public: true or a role in its config`);
    }
  });

  app.addHook('onRequest', async (request) => {
    const { config } = request.routeOptions;
    if (request.is404 ? isPageRequest(request) : config.public === true) return;
    const principal = await principalOf(request, database, onRefused);
    request.principal = principal;
    if (request.is404) return;

    const { tenant } = request.params as { tenant?: string };
    if (principal.tenant !== null && tenant !== undefined && tenant !== principal.tenant) {
      throw new ProblemError('not_found');
    }
    const needed = config.role ?? 'admin';
    if (!mayAct(principal.role, needed)) {
      throw new ProblemError('role_too_weak', {
        detail: `This needs the role ${needed}; the token has ${principal.role}.`,
      });
    }
  });
}

async function principalOf(
  request: FastifyRequest,
  database: Database,
  onRefused: (failed: FailedSignIn) => void,
): Promise<Principal> {
  const { authorization } = request.headers;
  // Whoever sends a token means it: a cookie beside it counts for nothing.
  if (authorization === undefined) {
    const sessionId = sessionIdOf(request);
    const principal = sessionId === undefined ? undefined : await findSession(database, sessionId);
    if (principal) {
      refuseForged(request, principal);
      return principal;
    }
  }
  const token = BEARER.exec(authorization ?? '')?.[1];
  const principal = token === undefined ? undefined : await findPrincipal(database, token);
  if (principal) return principal;
  // A session that has ended looks like one that never was, and every page that is open meets it.
  if (token !== undefined) onRefused({ where: 'api', token, ...doorOf(request) });
  // RFC 6750, section 3.1: no error code for a request without any token.
  const challenge = token === undefined ? 'Bearer' : 'Bearer error="invalid_token"';
  throw new ProblemError('token_missing', { headers: { 'www-authenticate': challenge } });
}

/** A browser sends the cookie by itself, so a change has to prove that a page of ours asks for it. */
function refuseForged(request: FastifyRequest, { session }: Principal): void {
  if (SAFE.has(request.method)) return;
  if (session && isSameOrigin(request) && isCsrfToken(session.id, request.headers['x-csrf-token'])) return;
  throw new ProblemError('csrf_refused');
}
