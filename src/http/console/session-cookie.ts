import { fastifyCookie } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_SECONDS } from '../../access/sessions.ts';
import { isOverTls } from '../same-origin.ts';

export const SESSION_COOKIE = 'catalog_sync_session';

/** Where one is sent, for how long, and by which kind of request. */
interface CookieOptions {
  maxAge: number;
  /** `strict`: only what our own pages ask; `lax`: also when another site leads a person here. */
  sameSite: 'strict' | 'lax';
}

/**
 * A cookie's name as browsers get it. With `__Host-` no neighbour in the domain, and nothing on plain HTTP, can set it;
 * browsers take such a name over TLS alone, so on plain HTTP it goes without.
 *
 * @param publicUrl where the console is; undefined: nobody has said
 */
export function cookieName(name: string, publicUrl: string | undefined): string {
  return hasTls(publicUrl) ? `__Host-${name}` : name;
}

export function hasTls(publicUrl: string | undefined): boolean {
  return publicUrl?.startsWith('https:') === true;
}

/** The value of a request's cookie, if it has one. */
export function readCookie(
  request: FastifyRequest,
  name: string,
  publicUrl: string | undefined,
): string | undefined {
  const { cookie } = request.headers;
  return cookie === undefined ? undefined : fastifyCookie.parse(cookie)[cookieName(name, publicUrl)];
}

/** Kept from scripts and from other sites; from plain HTTP as soon as the console is reached by TLS. */
export function writeCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  cookie: { name: string; value: string; publicUrl: string | undefined } & CookieOptions,
): void {
  const { name, value, publicUrl, maxAge, sameSite } = cookie;
  const secure = publicUrl === undefined ? isOverTls(request) : hasTls(publicUrl);
  const options = { httpOnly: true, sameSite, path: '/', secure, maxAge } as const;
  reply.header('set-cookie', fastifyCookie.serialize(cookieName(name, publicUrl), value, options));
}

/** The session that a request's cookie names, if any; not yet held against the database. */
export function sessionIdOf(request: FastifyRequest, publicUrl: string | undefined): string | undefined {
  return readCookie(request, SESSION_COOKIE, publicUrl);
}

/** @param value of the session; empty: takes the cookie away */
export function writeSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  value: string,
  publicUrl: string | undefined,
): void {
  const maxAge = value === '' ? 0 : SESSION_SECONDS;
  writeCookie(request, reply, { name: SESSION_COOKIE, value, publicUrl, maxAge, sameSite: 'strict' });
}
