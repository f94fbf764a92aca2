import { Prisma } from '../generated/prisma/client.ts';
import type { Transaction } from './client.ts';

export interface AuditedBy {
  actor: string;
  reason?: string | undefined;
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
  await transaction.auditEntry.create({
    data: {
      tenantId: entry.tenant,
      actor: entry.actor,
      action: entry.action,
      subject: entry.subject,
      reason: entry.reason ?? null,
      before: entry.before ?? Prisma.DbNull,
      after: entry.after ?? Prisma.DbNull,
    },
  });
}
