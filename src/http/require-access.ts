import type { FastifyInstance, FastifyRequest } from 'fastify';
import { mayAct, type Role } from '../access/roles.ts';
import { findPrincipal, type Principal } from '../access/tokens.ts';
import type { Database } from '../database/client.ts';
import { ProblemError } from './problems.ts';

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

/**
 * Guards every route, also those that do not exist: without a token nobody learns which do. A route that declares
 * neither `public` nor `role` stops the server from starting, so none can be open by oversight.
 */
export function requireAccess(app: FastifyInstance, database: Database): void {
  app.decorateRequest('principal', null);

  app.addHook('onRoute', ({ method, url, config }) => {
    if ((config?.public === true) === (config?.role !== undefined)) {
      throw new Error(`${String(method)} ${url} has to declare either public: true or a role in its config`);
    }
  });

  app.addHook('onRequest', async (request) => {
    const { config } = request.routeOptions;
    if (!request.is404 && config.public === true) return;
    const principal = await principalOf(request, database);
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

async function principalOf(request: FastifyRequest, database: Database): Promise<Principal> {
  const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
  const principal = token === undefined ? undefined : await findPrincipal(database, token);
  if (principal) return principal;
  // RFC 6750, section 3.1: no error code for a request without any token.
  const challenge = token === undefined ? 'Bearer' : 'Bearer error="invalid_token"';
  throw new ProblemError('token_missing', { headers: { 'www-authenticate': challenge } });
}
