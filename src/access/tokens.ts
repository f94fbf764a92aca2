import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../database/client.ts';
import { formatTime, seconds, type Micros } from '../domain/time.ts';
import { isRole, type Role } from '../domain/roles.ts';

const TOKEN = /^cst_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;

/** Whether a text has the form of one. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** When a token was last used is written at most so often, in seconds: a program may ask many times a second. */
const USED_EVERY_SECONDS = 60;

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
  /** Null for somebody who was signed in by a one-time link or by single sign-on. */
  tokenId: string | null;
  name: string;
  role: Role;
  /** Null: every tenant. */
  tenant: string | null;
  /** The only supplier of the tenant whose things may be seen; of the role supplier alone. */
  supplier?: string;
  /** Who it is at the issuer; for single sign-on only. */
  subject?: string;
  /** When the token ends; undefined: never, or it is a session. */
  endsAt?: Micros;
  /** Undefined for a bearer token. `number` names it in lists. */
  session?: { id: string; number: bigint; expiresAt: Micros };
}

/** How a token came to its end: by its own time, or by a rotation that gave it another secret. */
export type TokenEnd = 'expired' | 'rotated';

/** It was a valid token, up to a moment. Only its owner learns that: whoever asks has its secret. */
export class TokenEndedError extends Error {
  override name = 'TokenEndedError';
  readonly end: TokenEnd;

  constructor(endedAt: Micros, end: TokenEnd) {
    super(`The token ended at ${formatTime(endedAt)}.`);
    this.end = end;
  }
}

/** How the audit list names somebody: `console ada`, or `token desk`. */
export function actorOf(principal: Principal | null): string {
  return `${principal?.session ? 'console' : 'token'} ${principal?.name ?? ''}`;
}

/**
 * Makes a bearer token: `cst_`, its id, and 32 random bytes in base64url.
 *
 * @param id of a token that gets another secret
 */
export function createToken(id = randomBytes(8).toString('hex')): NewToken {
  const token = `cst_${id}_${randomBytes(32).toString('base64url')}`;
  return { id, token, hash: hashToken(token) };
}

/** The id that a text would have as a token, whether or not there is such a token. */
export function claimedTokenId(text: string): string | undefined {
  return TOKEN.exec(text)?.[1];
}

/** A plain SHA-256 is enough for 32 random bytes: there is nothing to guess. */
export function hashToken(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(token).digest());
}

/**
 * Who the token speaks for; undefined if nobody issued it, or if it is revoked. After a rotation both secrets are good
 * for a while.
 *
 * @throws TokenEndedError
 */
export async function findPrincipal(database: Database, token: string): Promise<Principal | undefined> {
  const id = claimedTokenId(token);
  if (id === undefined) return undefined;
  const hash = hashToken(token);
  const [row] = await database.$queryRaw<
    {
      name: string;
      role: string;
      tenant_id: string | null;
      supplier_id: string | null;
      ends_at_us: bigint | null;
      ended: boolean | null;
      former: boolean;
      unnoted: boolean;
    }[]
  >`
    SELECT name, role, tenant_id, supplier_id, ends_at_us, ends_at_us <= now_us() AS ended, token_hash <> ${hash} AS former,
           coalesce(last_used_at_us < now_us() - ${seconds(USED_EVERY_SECONDS)}::bigint, true) AS unnoted
      FROM (SELECT t.*, CASE WHEN token_hash = ${hash} THEN expires_at_us
                             ELSE least(expires_at_us, former_until_us) END AS ends_at_us
              FROM api_token t
             WHERE id = ${id} AND revoked_at_us IS NULL AND ${hash} IN (token_hash, former_hash)) known`;
  if (!row || !isRole(row.role)) return undefined;
  if (row.ended && row.ends_at_us !== null) {
    throw new TokenEndedError(row.ends_at_us, row.former ? 'rotated' : 'expired');
  }
  if (row.unnoted) noteUse(database, id);
  return {
    tokenId: id,
    name: row.name,
    role: row.role,
    tenant: row.tenant_id,
    ...(row.supplier_id !== null && { supplier: row.supplier_id }),
    ...(row.ends_at_us !== null && { endsAt: row.ends_at_us }),
  };
}

/** Nobody waits for it, and who asks is answered even if it fails: of many requests at once, one writes. */
function noteUse(database: Database, id: string): void {
  void database.$executeRaw`
    UPDATE api_token SET last_used_at_us = now_us()
     WHERE id = ${id}
       AND coalesce(last_used_at_us < now_us() - ${seconds(USED_EVERY_SECONDS)}::bigint, true)`.catch(
    () => undefined,
  );
}
