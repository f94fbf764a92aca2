import { databaseNow } from '../database/clock.ts';
import type { Role } from '../domain/roles.ts';
import { createToken } from './tokens.ts';
import type { Database } from '../database/client.ts';
import { formatTime } from '../domain/time.ts';
import { writeAudit, type AuditedBy } from '../database/audit.ts';
import { knownTenant } from '../database/known-tenant.ts';

export interface TokenListed {
  id: string;
  name: string;
  role: string;
  /** Null: every tenant. */
  tenant: string | null;
  createdAt: string;
  revokedAt: string | null;
}

/** There is no token of that id. */
export class UnknownTokenError extends Error {
  override name = 'UnknownTokenError';
}

/** Makes an API token. @returns with the token itself, which is given once, here @throws UnknownTenantError */
export async function addToken(
  database: Database,
  wanted: AuditedBy & { role: Role; tenant?: string | undefined; name: string },
): Promise<TokenListed & { token: string }> {
  const { id, token, hash } = createToken();
  const tenantId = wanted.tenant ?? null;
  return database.$transaction(async (transaction) => {
    if (tenantId !== null) await knownTenant(transaction, tenantId);
    const row = await transaction.apiToken.create({
      data: { id, name: wanted.name, role: wanted.role, tenantId, tokenHash: hash },
    });
    await writeAudit(transaction, {
      actor: wanted.actor,
      origin: wanted.origin,
      reason: wanted.reason,
      tenant: tenantId,
      action: 'token.add',
      subject: `token/${id}`,
      after: { name: wanted.name, role: wanted.role },
    });
    return { ...listed(row), token };
  });
}

/** Takes a token back at once; one that is revoked already stays so. @throws UnknownTokenError */
export async function revokeToken(
  database: Database,
  wanted: AuditedBy & { id: string },
): Promise<TokenListed> {
  return database.$transaction(async (transaction) => {
    const before = await transaction.apiToken.findUnique({ where: { id: wanted.id } });
    if (!before)
      throw new UnknownTokenError(`There is no token ${wanted.id}; \`catalog-sync token list\` names them.`);
    if (before.revokedAtUs !== null) return listed(before);
    const row = await transaction.apiToken.update({
      where: { id: wanted.id },
      data: { revokedAtUs: await databaseNow(transaction) },
    });
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
    return listed(row);
  });
}

export async function listTokens(database: Database): Promise<TokenListed[]> {
  const rows = await database.apiToken.findMany({ orderBy: { createdAtUs: 'asc' } });
  return rows.map(listed);
}

function listed(row: {
  id: string;
  name: string;
  role: string;
  tenantId: string | null;
  createdAtUs: bigint;
  revokedAtUs: bigint | null;
}): TokenListed {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    tenant: row.tenantId,
    createdAt: formatTime(row.createdAtUs),
    revokedAt: row.revokedAtUs === null ? null : formatTime(row.revokedAtUs),
  };
}
