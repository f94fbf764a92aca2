import { databaseNow } from '../database/clock.ts';
import type { Database } from '../database/client.ts';
import type { SupplierState, TenantState } from '../domain/flags.ts';
import { MANUAL_SUPPLIER } from '../domain/identity.ts';
import { formatTime } from '../domain/time.ts';
import { writeAudit, type AuditedBy } from '../database/audit.ts';
import { FlagError, setSupplierState, setTenantState, withTenantLock } from '../flags/set-state.ts';
import { readSendingAttempts, type SendingAttempt } from './sending-attempts.ts';

/** What a rollback did. */
export interface RolledBack {
  tenant: string;
  supplier: string | null;
  committedAt: string;
  before: TenantState | SupplierState;
  after: 'closed';
  /** Begun before the commit: these may still arrive. */
  sending: SendingAttempt[];
}

/**
 * Closes a tenant, or one supplier of it, in one transaction that needs PostgreSQL alone. Under the tenant's exclusive
 * lock: whoever began an attempt by the old flag has written it down by then, and no attempt begins after the commit.
 * What arrives from then on is held. Done again, it changes nothing.
 *
 * @throws FlagError for an unknown tenant or supplier
 */
export async function rollBack(
  database: Database,
  request: AuditedBy & { tenant: string; supplier?: string; reason: string },
): Promise<RolledBack> {
  const { tenant, supplier } = request;
  if (supplier === MANUAL_SUPPLIER) {
    throw new FlagError(`Manual fixes are held by the flag of the tenant; roll back tenant ${tenant}.`);
  }
  return withTenantLock(database, tenant, async (transaction) => {
    const { before } =
      supplier === undefined
        ? await setTenantState(transaction, { ...request, state: 'closed' })
        : await setSupplierState(transaction, { ...request, supplier, state: 'closed' });
    const sending = await readSendingAttempts(transaction, tenant, supplier);
    if (before !== 'closed') {
      await writeAudit(transaction, {
        ...request,
        action: 'gate.rollback',
        subject: supplier === undefined ? `tenant/${tenant}` : `supplier/${tenant}/${supplier}`,
        before: { state: before },
        after: { state: 'closed', sending: sending.length },
      });
    }
    const committedAt = formatTime(await databaseNow(transaction));
    return { tenant, supplier: supplier ?? null, committedAt, before, after: 'closed', sending };
  });
}
