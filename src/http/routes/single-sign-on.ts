import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { endSession, openSession } from '../../access/sessions.ts';
import {
  CALLBACK,
  createIssuer,
  IssuerRefusedError,
  IssuerUnavailableError,
  newChecks,
  type Claims,
} from '../../access/single-sign-on/issuer.ts';
import { createPendingSignIns, PENDING_SECONDS } from '../../access/single-sign-on/pending.ts';
import { personOf } from '../../access/single-sign-on/person.ts';
import type { SingleSignOn } from '../../config/single-sign-on.ts';
import { knownTenant, UnknownTenantError } from '../../database/known-tenant.ts';
import { reasonOf } from '../../telemetry/reason-of.ts';
import { readCookie, sessionIdOf, writeCookie, writeSessionCookie } from '../console/session-cookie.ts';
import type { FailedSignIn } from '../../access/failed-sign-ins.ts';
import { doorOf } from '../audited-by.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { problemResponse } from '../openapi.ts';
import { signInMethodsSchema, type Refusal } from './sign-in-methods-schema.ts';

const BEGIN = '/sign-in/oidc';
const PENDING_COOKIE = 'catalog_sync_sign_in';
const LONGEST_ADDRESS = 1000;

/** Signing in by OpenID Connect: to the issuer, and back with a session. Every answer leads a browser to a page. */
export function registerSingleSignOn(
  app: FastifyInstance,
  dependencies: ServerDependencies,
  onRefused: (failed: FailedSignIn) => void,
): void {
  const { singleSignOn } = dependencies;
  app.withTypeProvider<ZodTypeProvider>().get(
    '/sign-in/methods',
    {
      config: { public: true },
      schema: { summary: 'How one may sign in', response: { 200: signInMethodsSchema, ...problemResponse } },
    },
    async () => ({ singleSignOn: singleSignOn ? BEGIN : null }),
  );
  if (singleSignOn) registerWay(app, dependencies, singleSignOn, onRefused);
}

function registerWay(
  app: FastifyInstance,
  dependencies: ServerDependencies,
  settings: SingleSignOn,
  onRefused: (failed: FailedSignIn) => void,
): void {
  const { secretsKeys, sessionIdleSeconds } = dependencies;
  const { people: database } = dependencies.databases;
  const { publicUrl } = settings;
  const issuer = createIssuer(settings);
  const pendings = createPendingSignIns(secretsKeys);
  const open = { config: { public: true }, schema: { hide: true } } as const;

  app.get(BEGIN, open, async (request, reply) => {
    const pending = { ...newChecks(), to: ownAddress((request.query as { to?: unknown }).to, publicUrl) };
    let address: URL;
    try {
      address = await issuer.addressFor(pending);
    } catch (error) {
      return refuse(request, reply, error);
    }
    writePending(request, reply, pendings.write(pending));
    return reply.redirect(address.href, 303);
  });

  app.get(CALLBACK, open, async (request, reply) => {
    const pending = pendings.read(readCookie(request, PENDING_COOKIE, publicUrl) ?? '');
    if (!pending) return refuse(request, reply, 'pending');
    // Good for one try.
    writePending(request, reply, '');
    const query = new URL(request.url, publicUrl).searchParams;
    if (query.get('state') !== pending.state) return refuse(request, reply, 'pending');
    let claims: Claims;
    try {
      claims = await issuer.whoCame(query, pending, request.ip);
    } catch (error) {
      return refuse(request, reply, error);
    }
    const person = personOf(claims, settings);
    if (!person) {
      request.log.warn({ subject: claims.subject }, 'single sign-on: in no group that is let in');
      return refuse(request, reply, 'group');
    }
    try {
      const { sessionId } = await database.$transaction(async (transaction) => {
        if (person.tenant !== null) await knownTenant(transaction, person.tenant);
        return openSession(transaction, person, { idleSeconds: sessionIdleSeconds, door: doorOf(request) });
      });
      const before = sessionIdOf(request, publicUrl);
      if (before !== undefined) await endSession(database, before, doorOf(request));
      writeSessionCookie(request, reply, sessionId, publicUrl);
      return reply.redirect(pending.to, 303);
    } catch (error) {
      if (error instanceof UnknownTenantError) return refuse(request, reply, 'mapping');
      throw error;
    }
  });

  function refuse(request: FastifyRequest, reply: FastifyReply, why: unknown): FastifyReply {
    const refusal = typeof why === 'string' ? (why as Refusal) : refusalOf(why);
    if (refusal !== 'group') {
      request.log.warn(
        { refusal, ...(why instanceof Error && { reason: reasonOf(why) }) },
        'single sign-on: refused',
      );
    }
    // Of an issuer that is away nobody is to blame.
    if (refusal === 'unavailable') return leadBack(reply, refusal);
    onRefused({ where: 'single sign-on', ...doorOf(request) });
    const retryAfter = app.countRefusal(request);
    if (retryAfter === 0) return leadBack(reply, refusal);
    return leadBack(reply.header('retry-after', String(retryAfter)), 'often');
  }

  function writePending(request: FastifyRequest, reply: FastifyReply, value: string): void {
    const maxAge = value === '' ? 0 : PENDING_SECONDS;
    // Lax: the issuer, another site, leads the browser back.
    writeCookie(request, reply, { name: PENDING_COOKIE, value, publicUrl, maxAge, sameSite: 'lax' });
  }
}

function leadBack(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return reply.redirect(`/sign-in?refused=${refusal}`, 303);
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof IssuerUnavailableError) return 'unavailable';
  return error instanceof IssuerRefusedError ? 'issuer' : 'failed';
}

/** A page of ours, whatever was asked: nobody is led elsewhere from here. */
function ownAddress(to: unknown, publicUrl: string): string {
  if (typeof to !== 'string' || !to.startsWith('/') || to.length > LONGEST_ADDRESS) return '/';
  if (!URL.canParse(to, publicUrl)) return '/';
  const url = new URL(to, publicUrl);
  // What leads to signing in would begin it again.
  if (url.origin !== publicUrl || url.pathname.startsWith('/sign-in')) return '/';
  const address = url.pathname + url.search;
  return address.startsWith('//') ? '/' : address;
}
