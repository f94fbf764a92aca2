import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Database, Transaction } from '../database/client.ts';
import type { Door } from '../domain/origin.ts';
import { seconds, type Micros } from '../domain/time.ts';
import { writeAudit } from '../database/audit.ts';
import { isRole, type Role } from '../domain/roles.ts';
import { hashToken, type Principal } from './tokens.ts';

/** How long somebody stays signed in, from the sign-in on, in seconds. */
export const SESSION_SECONDS = 12 * 3600;

const SESSION_ID = /^[A-Za-z0-9_-]{43}$/;
/** When somebody was last seen is written at most so often, in seconds: a page asks several times a second. */
const SEEN_EVERY_SECONDS = 60;

/** Who a session is for. */
export interface SessionOwner {
  /** Null for a one-time link. */
  tokenId: string | null;
  name: string;
  role: Role;
  /** Null: every tenant. */
  tenant: string | null;
}

export interface OpenedSession {
  /** The cookie's value; the database keeps its hash. */
  sessionId: string;
  expiresAt: Micros;
}

/** Signs somebody in, which is audited. Sessions that have run out are cleared away on the occasion. */
export async function openSession(
  database: Transaction,
  owner: SessionOwner,
  door?: Door,
): Promise<OpenedSession> {
  const sessionId = randomBytes(32).toString('base64url');
  await database.$executeRaw`DELETE FROM console_session WHERE expires_at_us < now_us()`;
  const rows = await database.$queryRaw<{ expires_at_us: bigint }[]>`
    INSERT INTO console_session (session_hash, token_id, name, role, tenant_id, expires_at_us)
    VALUES (${hashToken(sessionId)}, ${owner.tokenId}, ${owner.name}, ${owner.role}, ${owner.tenant},
            now_us() + ${seconds(SESSION_SECONDS)}::bigint)
    RETURNING expires_at_us`;
  const by = owner.tokenId === null ? 'link' : `token/${owner.tokenId}`;
  await auditSession(database, 'session.begin', owner, { door, after: { by, role: owner.role } });
  return { sessionId, expiresAt: rows[0]?.expires_at_us ?? 0n };
}

/** Who is signed in by this cookie; undefined once it has ended, or its token was revoked. */
export async function findSession(database: Database, sessionId: string): Promise<Principal | undefined> {
  if (!SESSION_ID.test(sessionId)) return undefined;
  const hash = hashToken(sessionId);
  const [row] = await database.$queryRaw<
    {
      token_id: string | null;
      name: string;
      role: string;
      tenant_id: string | null;
      expires_at_us: bigint;
      unseen: boolean;
    }[]
  >`
    SELECT s.token_id, s.name, s.role, s.tenant_id, s.expires_at_us,
           s.last_seen_at_us < now_us() - ${seconds(SEEN_EVERY_SECONDS)}::bigint AS unseen
      FROM console_session s
      LEFT JOIN api_token t ON t.id = s.token_id
     WHERE s.session_hash = ${hash} AND s.expires_at_us > now_us() AND t.revoked_at_us IS NULL`;
  if (!row || !isRole(row.role)) return undefined;
  if (row.unseen) {
    await database.$executeRaw`UPDATE console_session SET last_seen_at_us = now_us() WHERE session_hash = ${hash}`;
  }
  return {
    tokenId: row.token_id,
    name: row.name,
    role: row.role,
    tenant: row.tenant_id,
    session: { id: sessionId, expiresAt: row.expires_at_us },
  };
}

/** Signs somebody out, which is audited. Whoever is not signed in stays so. */
export async function endSession(database: Database, sessionId: string, door?: Door): Promise<void> {
  if (!SESSION_ID.test(sessionId)) return;
  await database.$transaction(async (transaction) => {
    const [row] = await transaction.$queryRaw<
      { name: string; token_id: string | null; tenant_id: string | null; stood: boolean }[]
    >`
      DELETE FROM console_session WHERE session_hash = ${hashToken(sessionId)}
      RETURNING name, token_id, tenant_id, expires_at_us > now_us() AS stood`;
    // One that had run out was ended by nobody.
    if (row?.stood) {
      const owner = { name: row.name, tokenId: row.token_id, tenant: row.tenant_id };
      await auditSession(transaction, 'session.end', owner, { door });
    }
  });
}

async function auditSession(
  transaction: Transaction,
  action: 'session.begin' | 'session.end',
  { name, tokenId, tenant }: Pick<SessionOwner, 'name' | 'tokenId' | 'tenant'>,
  { door, after }: { door?: Door | undefined; after?: Record<string, string> },
): Promise<void> {
  const actor = `console ${name}`;
  const principal = { kind: 'console', name } as const;
  const origin = { principal, tokenId, requestId: door?.requestId ?? null, address: door?.address ?? null };
  await writeAudit(transaction, {
    tenant,
    actor,
    origin,
    action,
    subject: 'console',
    ...(after && { after }),
  });
}

/**
 * What the session's own pages, and no other site, can send along with a change. It is made from the cookie, which no
 * script can read, so nothing more has to be kept.
 */
export function csrfTokenOf(sessionId: string): string {
  return createHash('sha256').update(`csrf ${sessionId}`).digest('base64url');
}

export function isCsrfToken(sessionId: string, given: unknown): boolean {
  if (typeof given !== 'string') return false;
  const [wanted, got] = [Buffer.from(csrfTokenOf(sessionId)), Buffer.from(given)];
  return wanted.length === got.length && timingSafeEqual(wanted, got);
}
