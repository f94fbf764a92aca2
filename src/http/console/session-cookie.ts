import { fastifyCookie } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_SECONDS } from '../../access/sessions.ts';
import { isOverTls } from '../same-origin.ts';

export const SESSION_COOKIE = 'catalog_sync_session';

/** The session that a request's cookie names, if any; not yet held against the database. */
export function sessionIdOf(request: FastifyRequest): string | undefined {
  const { cookie } = request.headers;
  return cookie === undefined ? undefined : fastifyCookie.parse(cookie)[SESSION_COOKIE];
}

/** Kept from scripts and from other sites; from plain HTTP as soon as the console is reached by TLS. */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, sessionId: string): void {
  writeCookie(request, reply, sessionId, SESSION_SECONDS);
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  writeCookie(request, reply, '', 0);
}

function writeCookie(request: FastifyRequest, reply: FastifyReply, value: string, maxAge: number): void {
  const secure = isOverTls(request);
  const options = { httpOnly: true, sameSite: 'strict', path: '/', secure, maxAge } as const;
  reply.header('set-cookie', fastifyCookie.serialize(SESSION_COOKIE, value, options));
}
