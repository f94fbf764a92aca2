import { Prisma } from '../generated/prisma/client.ts';
import { ownOrigin, type Origin } from '../domain/origin.ts';
import type { Transaction } from './client.ts';

export interface AuditedBy {
  /** As people read it: `console ada`. */
  actor: string;
  reason?: string | undefined;
  /** By whose right, and by which way; the product's own unless given. */
  origin?: Origin | undefined;
}

/** Writes down who changed what, and why; call it in the transaction of the change. Never give it a secret. */
export async function writeAudit(
  transaction: Pick<Transaction, 'auditEntry'>,
  entry: AuditedBy & {
    tenant: string | null;
    /** What was done, e.g. `tenant.state`. */
    action: string;
    /** To what, e.g. `tenant/canary`. */
    subject: string;
    before?: Record<string, string | number | null>;
    after?: Record<string, string | number | null>;
  },
): Promise<void> {
  const { principal, tokenId, requestId, address } = entry.origin ?? ownOrigin(entry.actor);
  await transaction.auditEntry.create({
    data: {
      tenantId: entry.tenant,
      actor: entry.actor,
      ...{ principalKind: principal.kind, principalName: principal.name, tokenId, requestId, address },
      action: entry.action,
      subject: entry.subject,
      reason: entry.reason ?? null,
      before: entry.before ?? Prisma.DbNull,
      after: entry.after ?? Prisma.DbNull,
    },
  });
}

/** As functions of the database take it, which write their own entries. */
export function originJson(origin: Origin | undefined): string | null {
  return origin === undefined ? null : JSON.stringify(origin);
}
