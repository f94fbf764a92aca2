import { databaseNow } from '../database/clock.ts';
import { faultOfScope, type Role } from '../domain/roles.ts';
import { createToken } from './tokens.ts';
import type { Database } from '../database/client.ts';
import { formatTime, seconds, type Micros } from '../domain/time.ts';
import { writeAudit, type AuditedBy } from '../database/audit.ts';
import { knownSupplier, knownTenant } from '../database/known-tenant.ts';

/** How long a token is good unless it is said, in seconds: 90 days. */
export const TOKEN_SECONDS = 90 * 86_400;

export interface TokenListed {
  id: string;
  name: string;
  role: string;
  /** Null: every tenant. */
  tenant: string | null;
  /** Whose things it sees, of the role supplier; null: of any other. */
  supplier: string | null;
  createdAt: string;
  revokedAt: string | null;
  /** Null: never. */
  expiresAt: string | null;
  expired: boolean;
  /** To the minute; null: never, or only by a version that did not note it. */
  lastUsedAt: string | null;
  /** Until when the secret before the last rotation goes on; null: there is none, or it has ended. */
  formerUntil: string | null;
}

/** A token of the role supplier is for one supplier of a tenant, and any other for none; the message says what to do. */
export class WrongTokenScope extends Error {
  override name = 'WrongTokenScope';
}

/** There is no token of that id. */
export class UnknownTokenError extends Error {
  override name = 'UnknownTokenError';

  constructor(id: string) {
    super(`There is no token ${id}; \`catalog-sync token list\` names them.`);
  }
}

/**
 * Makes an API token.
 *
 * @param wanted.expiresSeconds how long it is good; null: without an end
 * @returns with the token itself, which is given once, here
 * @throws UnknownTenantError, WrongTokenScope
 */
export async function addToken(
  database: Database,
  wanted: AuditedBy & {
    role: Role;
    tenant?: string | undefined;
    supplier?: string | undefined;
    name: string;
    expiresSeconds?: number | null;
  },
): Promise<TokenListed & { token: string }> {
  const { id, token, hash } = createToken();
  const tenantId = wanted.tenant ?? null;
  const supplierId = wanted.supplier ?? null;
  const fault = faultOfScope(wanted);
  if (fault !== undefined) throw new WrongTokenScope(fault);
  return database.$transaction(async (transaction) => {
    if (tenantId !== null) await knownTenant(transaction, tenantId);
    if (tenantId !== null && supplierId !== null) await knownSupplier(transaction, tenantId, supplierId);
    const now = await databaseNow(transaction);
    const expiresAtUs = endOf(now, wanted.expiresSeconds);
    const row = await transaction.apiToken.create({
      data: { id, name: wanted.name, role: wanted.role, tenantId, supplierId, tokenHash: hash, expiresAtUs },
    });
    await writeAudit(transaction, {
      actor: wanted.actor,
      origin: wanted.origin,
      reason: wanted.reason,
      tenant: tenantId,
      action: 'token.add',
      subject: `token/${id}`,
      after: {
        name: wanted.name,
        role: wanted.role,
        ...(supplierId !== null && { supplier: supplierId }),
        expires: timeOrNever(expiresAtUs),
      },
    });
    return { ...listed(row, now), token };
  });
}

/** Takes a token back at once; one that is revoked already stays so. @throws UnknownTokenError */
export async function revokeToken(
  database: Database,
  wanted: AuditedBy & { id: string },
): Promise<TokenListed> {
  return database.$transaction(async (transaction) => {
    const before = await transaction.apiToken.findUnique({ where: { id: wanted.id } });
    if (!before) throw new UnknownTokenError(wanted.id);
    const now = await databaseNow(transaction);
    if (before.revokedAtUs !== null) return listed(before, now);
    const row = await transaction.apiToken.update({ where: { id: wanted.id }, data: { revokedAtUs: now } });
    await writeAudit(transaction, {
      actor: wanted.actor,
      origin: wanted.origin,
      reason: wanted.reason,
      tenant: row.tenantId,
      action: 'token.revoke',
      subject: `token/${wanted.id}`,
      before: { revoked: 'no' },
      after: { revoked: 'yes' },
    });
    return listed(row, now);
  });
}

export async function listTokens(database: Database): Promise<TokenListed[]> {
  const rows = await database.apiToken.findMany({ orderBy: { createdAtUs: 'asc' } });
  const now = await databaseNow(database);
  return rows.map((row) => listed(row, now));
}

/** When something ends that lasts so many seconds from now on; null: never. */
export function endOf(now: Micros, lasts: number | null = TOKEN_SECONDS): Micros | null {
  return lasts === null ? null : now + seconds(lasts);
}

export function timeOrNever(at: Micros | null): string {
  return at === null ? 'never' : formatTime(at);
}

export function listed(
  row: {
    id: string;
    name: string;
    role: string;
    tenantId: string | null;
    supplierId: string | null;
    createdAtUs: bigint;
    revokedAtUs: bigint | null;
    expiresAtUs: bigint | null;
    lastUsedAtUs: bigint | null;
    formerUntilUs: bigint | null;
  },
  now: Micros,
): TokenListed {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    tenant: row.tenantId,
    supplier: row.supplierId,
    createdAt: formatTime(row.createdAtUs),
    revokedAt: timeOrNull(row.revokedAtUs),
    expiresAt: timeOrNull(row.expiresAtUs),
    expired: row.expiresAtUs !== null && row.expiresAtUs <= now,
    lastUsedAt: timeOrNull(row.lastUsedAtUs),
    formerUntil: row.formerUntilUs !== null && row.formerUntilUs > now ? formatTime(row.formerUntilUs) : null,
  };
}

function timeOrNull(at: Micros | null): string | null {
  return at === null ? null : formatTime(at);
}
