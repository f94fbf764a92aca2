import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';
import { isRole, type Role } from '../domain/roles.ts';

const TOKEN = /^cst_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/;

export interface NewToken {
  /** Names the token in lists and in the log; no secret. */
  id: string;
  /** Shown once. */
  token: string;
  /** What the database keeps. */
  hash: Uint8Array<ArrayBuffer>;
}

/** Who asks: the owner of a valid token, or of a session of the console. */
export interface Principal {
  /** Null for somebody who was signed in by a one-time link. */
  tokenId: string | null;
  name: string;
  role: Role;
  /** Null: every tenant. */
  tenant: string | null;
  /** Undefined for a bearer token. */
  session?: { id: string; expiresAt: Micros };
}

/** How the audit list names somebody: `console ada`, or `token desk`. */
export function actorOf(principal: Principal | null): string {
  return `${principal?.session ? 'console' : 'token'} ${principal?.name ?? ''}`;
}

/** Makes a bearer token: `cst_`, its id, and 32 random bytes in base64url. */
export function createToken(): NewToken {
  const id = randomBytes(8).toString('hex');
  const token = `cst_${id}_${randomBytes(32).toString('base64url')}`;
  return { id, token, hash: hashToken(token) };
}

/** The id that a text would have as a token, whether or not there is such a token. */
export function claimedTokenId(text: string): string | undefined {
  return TOKEN.test(text) ? text.slice(4, 20) : undefined;
}

/** A plain SHA-256 is enough for 32 random bytes: there is nothing to guess. */
export function hashToken(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(token).digest());
}

/** Who the token speaks for; undefined if nobody issued it, or if it is revoked. */
export async function findPrincipal(database: Database, token: string): Promise<Principal | undefined> {
  if (!TOKEN.test(token)) return undefined;
  const row = await database.apiToken.findUnique({ where: { tokenHash: hashToken(token) } });
  if (!row || row.revokedAtUs !== null || !isRole(row.role)) return undefined;
  return { tokenId: row.id, name: row.name, role: row.role, tenant: row.tenantId };
}
