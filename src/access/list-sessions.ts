import { writeAudit, type AuditedBy } from '../database/audit.ts';
import type { Database } from '../database/client.ts';
import { formatTime } from '../domain/time.ts';
import { signedInBy } from './sessions.ts';

/** Somebody who is signed in to the console. */
export interface SessionListed {
  /** A number as text; no secret. */
  id: string;
  name: string;
  role: string;
  /** Null: every tenant. */
  tenant: string | null;
  /** `token/ID`, `sso` or `link`. */
  by: string;
  createdAt: string;
  /** To the minute. */
  lastSeenAt: string;
  /** Whatever is done in it. */
  expiresAt: string;
}

/** There is no such session, or it has ended. */
export class UnknownSessionError extends Error {
  override name = 'UnknownSessionError';
}

interface Row {
  id: bigint;
  name: string;
  role: string;
  tenant_id: string | null;
  token_id: string | null;
  subject: string | null;
  created_at_us: bigint;
  last_seen_at_us: bigint;
  expires_at_us: bigint;
}

/**
 * Who is signed in, the latest first.
 *
 * @param only a tenant: its own sessions, not those of whoever sees every tenant; null: all
 */
export async function listSessions(database: Database, only: string | null): Promise<SessionListed[]> {
  const rows = await database.$queryRaw<Row[]>`
    SELECT s.id, s.name, s.role, s.tenant_id, s.token_id, s.subject, s.created_at_us, s.last_seen_at_us, s.expires_at_us
      FROM console_session s
      LEFT JOIN api_token t ON t.id = s.token_id
     WHERE t.revoked_at_us IS NULL AND least(s.expires_at_us, s.idle_until_us, t.expires_at_us) > now_us()
       AND (${only}::text IS NULL OR s.tenant_id = ${only})
     ORDER BY s.id DESC`;
  return rows.map(listed);
}

/**
 * Ends sessions at once, whoever holds their cookies.
 *
 * @param wanted.id of one; undefined: every one
 * @param wanted.only as for the list
 * @returns those that were ended
 * @throws UnknownSessionError
 */
export async function revokeSessions(
  database: Database,
  wanted: AuditedBy & { id?: bigint; only: string | null },
): Promise<SessionListed[]> {
  const id = wanted.id ?? null;
  return database.$transaction(async (transaction) => {
    const rows = await transaction.$queryRaw<Row[]>`
      DELETE FROM console_session
       WHERE (${id}::bigint IS NULL OR id = ${id}) AND (${wanted.only}::text IS NULL OR tenant_id = ${wanted.only})
         AND least(expires_at_us, idle_until_us) > now_us()
      RETURNING id, name, role, tenant_id, token_id, subject, created_at_us, last_seen_at_us, expires_at_us`;
    if (rows.length === 0 && id !== null) {
      throw new UnknownSessionError(`There is no session ${id}; \`catalog-sync session list\` names them.`);
    }
    for (const row of rows) {
      await writeAudit(transaction, {
        actor: wanted.actor,
        origin: wanted.origin,
        reason: wanted.reason,
        tenant: row.tenant_id,
        action: 'session.revoke',
        subject: `session/${row.id}`,
        before: { name: row.name, role: row.role },
      });
    }
    return rows.map(listed);
  });
}

function listed(row: Row): SessionListed {
  return {
    id: row.id.toString(),
    name: row.name,
    role: row.role,
    tenant: row.tenant_id,
    by: signedInBy({ tokenId: row.token_id, subject: row.subject }),
    createdAt: formatTime(row.created_at_us),
    lastSeenAt: formatTime(row.last_seen_at_us),
    expiresAt: formatTime(row.expires_at_us),
  };
}
