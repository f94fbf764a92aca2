import type { Transaction } from '../database/client.ts';
import { knownTenant } from '../database/known-tenant.ts';
import { MANUAL_SUPPLIER } from '../domain/identity.ts';
import { writeAudit, type AuditedBy } from '../database/audit.ts';

/** A manual fix cannot be made; the message says why, and what to do. */
export class ManualFixError extends Error {
  override name = 'ManualFixError';
}

/** What to do where a void cannot help. */
export const CORRECT_INSTEAD =
  'Correct the item instead: `catalog-sync correct`, or Correct … on its page in the console';

/** A reason is a must: it is what the trace will say. */
export interface ExplainedBy extends AuditedBy {
  reason: string;
}

/**
 * Makes the tenant's supplier `manual`, to which manual fixes belong, unless it is there. It is open: what holds a
 * manual fix is the flag of the tenant.
 *
 * @throws UnknownTenantError
 */
export async function ensureManualSupplier(
  transaction: Transaction,
  tenant: string,
  by: AuditedBy,
): Promise<void> {
  await knownTenant(transaction, tenant);
  const [made] = await transaction.$queryRaw<{ pattern: string | null }[]>`
    SELECT add_manual_supplier(${tenant}) AS pattern`;
  if (!made?.pattern) return;
  await writeAudit(transaction, {
    ...by,
    tenant,
    action: 'supplier.add',
    subject: `supplier/${tenant}/${MANUAL_SUPPLIER}`,
    after: { state: 'open', skuPattern: made.pattern },
  });
}
