import type { FastifyInstance, FastifyRequest } from 'fastify';
import { mayAct, type Role } from '../domain/roles.ts';
import { findSession, isCsrfToken } from '../access/sessions.ts';
import type { FailedSignIn } from '../access/failed-sign-ins.ts';
import { findPrincipal, isToken, TokenEndedError, type Principal } from '../access/tokens.ts';
import type { Database } from '../database/client.ts';
import { ownDatabases, type OwnDatabase } from '../database/server-databases.ts';
import { bearerTokenOf } from '../process/bearer-token.ts';
import { doorOf } from './audited-by.ts';
import { changesNothing, isSafe } from './changes-nothing.ts';
import type { ServerDependencies } from './dependencies.ts';
import { sessionIdOf } from './console/session-cookie.ts';
import { ProblemError, type ProblemOptions } from './problems.ts';
import { isSameOrigin } from './same-origin.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no token: health checks, and what a signature protects. */
    public?: true;
    /** The least role that may use the route. */
    role?: Role;
    /** A supplier may use it as well: what has neither a token of ours nor a session is judged by the route. */
    orSupplier?: true;
    /** The origin of another page that may ask with a session's cookie: for what changes nothing. */
    readsFor?: string;
  }
  interface FastifyInstance {
    /** Lets a request in, or again one that lasts. @throws ProblemError where it may not, or may not any more */
    admit: (request: FastifyRequest) => Promise<void>;
  }
  interface FastifyRequest {
    /** Who asks; null on a public route. */
    principal: Principal | null;
    /** As far as whoever asks may see it. @throws on a public route, where nobody does */
    readonly database: Database;
    /** The same for what a request looks at before it changes something. */
    readonly reads: Database;
  }
}

/** Names nobody: it tells who asks of themselves. */
const OF_ONESELF = '/session';

type Who = Pick<ServerDependencies, 'databases' | 'publicUrl' | 'sessionIdleSeconds'>;

/**
 * Guards every route. A browser that asks for a page gets the console, whatever the address. A route that declares
 * neither `public` nor `role` stops the server from starting, so none can be open by oversight.
 */
export function requireAccess(
  app: FastifyInstance,
  dependencies: Who,
  onRefused: (failed: FailedSignIn) => void,
): void {
  const ownOf = ownDatabases(dependencies.databases);
  app.decorateRequest('principal', null);
  const ownOfAsker = ({ principal, url }: FastifyRequest): OwnDatabase => {
    if (principal === null) throw new Error(`nobody asks for ${url}`);
    return ownOf(principal.tenant, principal.supplier);
  };
  app.decorateRequest('reads', {
    getter(this: FastifyRequest) {
      return ownOfAsker(this).reads;
    },
  });
  app.decorateRequest('database', {
    getter(this: FastifyRequest) {
      const { reads, changes } = ownOfAsker(this);
      return changesNothing(this) ? reads : changes;
    },
  });

  app.addHook('onRoute', ({ method, url, config }) => {
    if ((config?.public === true) === (config?.role !== undefined)) {
      throw new Error(`${String(method)} ${url} has to declare either public: true or a role in its config`);
    }
    if (config?.role === 'supplier' && !url.includes('/:supplier/') && url !== OF_ONESELF) {
      throw new Error(`${String(method)} ${url} is for suppliers, and its path does not name whose it is`);
    }
  });

  const admit = async (request: FastifyRequest): Promise<void> => {
    const { config } = request.routeOptions;
    if (request.is404 || config.public === true) return;
    if (config.orSupplier === true && !isOfPeople(request, dependencies.publicUrl)) return;
    const principal = await principalOf(request, dependencies, onRefused);
    request.principal = principal;

    const { tenant, supplier } = request.params as { tenant?: string; supplier?: string };
    if (isOfAnother(tenant, principal.tenant ?? undefined) || isOfAnother(supplier, principal.supplier)) {
      throw new ProblemError('not_found');
    }
    const needed = config.role ?? 'admin';
    if (!mayAct(principal.role, needed)) {
      throw new ProblemError('role_too_weak', {
        detail: `This needs the role ${needed}; the token has ${principal.role}.`,
      });
    }
  };
  app.decorate('admit', admit);
  app.addHook('onRequest', admit);
}

function isOfPeople(request: FastifyRequest, publicUrl: string | undefined): boolean {
  const { authorization } = request.headers;
  if (authorization === undefined) return sessionIdOf(request, publicUrl) !== undefined;
  return isToken(bearerTokenOf(authorization) ?? '');
}

function isOfAnother(asked: string | undefined, own: string | undefined): boolean {
  return asked !== undefined && own !== undefined && asked !== own;
}

async function principalOf(
  request: FastifyRequest,
  { databases: { people: database }, publicUrl, sessionIdleSeconds }: Who,
  onRefused: (failed: FailedSignIn) => void,
): Promise<Principal> {
  const { authorization } = request.headers;
  // Whoever sends a token means it: a cookie beside it counts for nothing.
  if (authorization !== undefined) return ownerOfToken(request, authorization, database, onRefused);
  const sessionId = sessionIdOf(request, publicUrl);
  if (sessionId === undefined) throw unknown('Bearer', { nothingTried: true });
  const principal = await findSession(database, sessionId, sessionIdleSeconds);
  // One that has ended looks like one that never was, and every page that is open meets it: that is not written down.
  if (!principal) throw unknown('Bearer');
  refuseForged(request, principal, publicUrl);
  return principal;
}

async function ownerOfToken(
  request: FastifyRequest,
  authorization: string,
  database: Database,
  onRefused: (failed: FailedSignIn) => void,
): Promise<Principal> {
  const token = bearerTokenOf(authorization);
  if (token === undefined) throw unknown('Bearer');
  const failed = { where: 'api', token, ...doorOf(request) } as const;
  const principal = await findPrincipal(database, token).catch((error: unknown) => {
    if (!(error instanceof TokenEndedError)) throw error;
    onRefused({ ...failed, ended: error.end });
    const challenge = 'Bearer error="invalid_token", error_description="The token has ended"';
    throw new ProblemError('token_expired', {
      detail: error.message,
      headers: { 'www-authenticate': challenge },
    });
  });
  if (principal) return principal;
  onRefused(failed);
  throw unknown('Bearer error="invalid_token"');
}

/** @param challenge by RFC 6750, section 3.1 without an error where there was no token */
function unknown(challenge: string, options: Pick<ProblemOptions, 'nothingTried'> = {}): ProblemError {
  return new ProblemError('token_missing', { headers: { 'www-authenticate': challenge }, ...options });
}

/** A browser sends the cookie by itself, so a change has to prove that a page of ours asks for it. */
function refuseForged(request: FastifyRequest, { session }: Principal, publicUrl: string | undefined): void {
  if (isSafe(request.method)) return;
  const { readsFor } = request.routeOptions.config;
  if (readsFor !== undefined && request.headers.origin === readsFor) return;
  if (session && isSameOrigin(request, publicUrl) && isCsrfToken(session.id, request.headers['x-csrf-token']))
    return;
  throw new ProblemError('csrf_refused');
}
