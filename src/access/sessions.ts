import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Database, Transaction } from '../database/client.ts';
import type { Door } from '../domain/origin.ts';
import { seconds, type Micros } from '../domain/time.ts';
import { writeAudit } from '../database/audit.ts';
import { isRole, type Role } from '../domain/roles.ts';
import { hashToken, type Principal } from './tokens.ts';

/** How long somebody stays signed in, from the sign-in on, in seconds. */
export const SESSION_SECONDS = 12 * 3600;

/** How long without a request, unless it is set, in seconds. */
export const IDLE_SECONDS = 3600;

/** Of one token, or of one person of the single sign-on; with one more the oldest ends. */
export const MOST_SESSIONS = 5;

const SESSION_ID = /^[A-Za-z0-9_-]{43}$/;
/** When somebody was last seen is written at most so often, in seconds: a page asks several times a second. */
const SEEN_EVERY_SECONDS = 60;

/** Who a session is for. */
export interface SessionOwner {
  /** Null for a one-time link, and for single sign-on. */
  tokenId: string | null;
  name: string;
  role: Role;
  /** Null: every tenant. */
  tenant: string | null;
  /** Of the role supplier alone: whose things may be seen. */
  supplier?: string;
  /** Who it is at the issuer; for single sign-on only. */
  subject?: string;
  /** When what was signed in with ends: the session ends with it. */
  endsAt?: Micros;
}

export interface OpenedSession {
  /** The cookie's value; the database keeps its hash. */
  sessionId: string;
  /** Names it in lists; no secret. */
  number: bigint;
  expiresAt: Micros;
}

export interface SignInOptions {
  /** How long the session lasts without a request. */
  idleSeconds?: number | undefined;
  /** Through which request somebody came. */
  door?: Door | undefined;
}

/** Signs somebody in, which is audited. Sessions that have run out are cleared away on the occasion. */
export async function openSession(
  database: Transaction,
  owner: SessionOwner,
  { idleSeconds = IDLE_SECONDS, door }: SignInOptions = {},
): Promise<OpenedSession> {
  const sessionId = randomBytes(32).toString('base64url');
  const subject = owner.subject ?? null;
  const key = owner.tokenId ?? subject;
  // Of several at once each has to see those before it, or there would be more than may be.
  if (key !== null) {
    await database.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`session ${key}`}, 0))`;
  }
  await database.$executeRaw`
    DELETE FROM console_session WHERE least(expires_at_us, idle_until_us) < now_us()`;
  const [row] = await database.$queryRaw<{ id: bigint; expires_at_us: bigint }[]>`
    INSERT INTO console_session (session_hash, token_id, subject, name, role, tenant_id, supplier_id, expires_at_us,
                                 idle_until_us)
    VALUES (${hashToken(sessionId)}, ${owner.tokenId}, ${subject}, ${owner.name}, ${owner.role}, ${owner.tenant},
            ${owner.supplier ?? null},
            least(now_us() + ${seconds(SESSION_SECONDS)}::bigint, ${owner.endsAt ?? null}::bigint),
            now_us() + ${seconds(idleSeconds)}::bigint)
    RETURNING id, expires_at_us`;
  if (!row) throw new Error('no session was written');
  await auditSession(database, 'session.begin', owner, {
    door,
    after: { by: signedInBy(owner), role: owner.role },
  });
  if (key !== null) await endOldest(database, owner.tokenId, subject);
  return { sessionId, number: row.id, expiresAt: row.expires_at_us };
}

async function endOldest(
  database: Transaction,
  tokenId: string | null,
  subject: string | null,
): Promise<void> {
  const ended = await database.$queryRaw<{ name: string; tenant_id: string | null }[]>`
    DELETE FROM console_session
     WHERE id IN (SELECT id FROM console_session WHERE token_id = ${tokenId} OR subject = ${subject}
                   ORDER BY id DESC OFFSET ${MOST_SESSIONS})
    RETURNING name, tenant_id`;
  for (const { name, tenant_id: tenant } of ended) {
    const after = { why: `more than ${MOST_SESSIONS}` };
    await auditSession(database, 'session.end', { name, tokenId, tenant }, { after });
  }
}

/** By what somebody came: `token/ID`, `sso`, or `link`. */
export function signedInBy({
  tokenId,
  subject,
}: {
  tokenId: string | null;
  subject?: string | null;
}): string {
  if (tokenId !== null) return `token/${tokenId}`;
  return typeof subject === 'string' ? 'sso' : 'link';
}

/**
 * Who is signed in by this cookie; undefined once it has ended, was revoked or idle for too long, or once its token has
 * ended or was revoked.
 */
export async function findSession(
  database: Database,
  sessionId: string,
  idleSeconds = IDLE_SECONDS,
): Promise<Principal | undefined> {
  if (!SESSION_ID.test(sessionId)) return undefined;
  const hash = hashToken(sessionId);
  const [row] = await database.$queryRaw<
    {
      id: bigint;
      token_id: string | null;
      subject: string | null;
      name: string;
      role: string;
      tenant_id: string | null;
      supplier_id: string | null;
      expires_at_us: bigint;
      unseen: boolean;
    }[]
  >`
    SELECT s.id, s.token_id, s.subject, s.name, s.role, s.tenant_id, s.supplier_id, s.expires_at_us,
           s.idle_until_us IS NULL OR s.last_seen_at_us < now_us() - ${seconds(SEEN_EVERY_SECONDS)}::bigint AS unseen
      FROM console_session s
      LEFT JOIN api_token t ON t.id = s.token_id
     WHERE s.session_hash = ${hash} AND t.revoked_at_us IS NULL
       AND least(s.expires_at_us, s.idle_until_us, t.expires_at_us) > now_us()`;
  if (!row || !isRole(row.role)) return undefined;
  if (row.unseen) {
    await database.$executeRaw`
      UPDATE console_session
         SET last_seen_at_us = now_us(), idle_until_us = now_us() + ${seconds(idleSeconds)}::bigint
       WHERE session_hash = ${hash}`;
  }
  return {
    tokenId: row.token_id,
    name: row.name,
    role: row.role,
    tenant: row.tenant_id,
    ...(row.supplier_id !== null && { supplier: row.supplier_id }),
    ...(row.subject !== null && { subject: row.subject }),
    session: { id: sessionId, number: row.id, expiresAt: row.expires_at_us },
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
      RETURNING name, token_id, tenant_id, least(expires_at_us, idle_until_us) > now_us() AS stood`;
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
  { name, tokenId, tenant, subject }: Pick<SessionOwner, 'name' | 'tokenId' | 'tenant' | 'subject'>,
  { door, after }: { door?: Door | undefined; after?: Record<string, string> },
): Promise<void> {
  const actor = `console ${name}`;
  const principal = { kind: 'console', name } as const;
  const origin = { principal, tokenId, requestId: door?.requestId ?? null, address: door?.address ?? null };
  const told = after && { after: { ...after, ...(subject !== undefined && { identity: subject }) } };
  await writeAudit(transaction, { tenant, actor, origin, action, subject: 'console', ...told });
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
