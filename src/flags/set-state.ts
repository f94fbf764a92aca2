import type { Database, Transaction } from '../database/client.ts';
import { UnknownTenantError } from '../database/known-tenant.ts';
import type { SupplierState, TenantState } from '../domain/flags.ts';
import { beginWatch, beginWatches } from './begin-watch.ts';
import { writeAudit, type AuditedBy } from '../database/audit.ts';

/** A flag cannot be changed: what it belongs to does not exist, or it is not in the state that was expected. */
export class FlagError extends Error {
  override name = 'FlagError';
}

export interface StateChange<State extends string> {
  before: State;
  after: State;
}

/** Longer than the database's own limit of 10 s for a lock, in ms. */
const TRANSACTION_TIMEOUT = 20_000;

/**
 * Runs a change of a tenant's flags, or of what else attempts go by, alone: it waits until whoever acted on the old
 * flags has committed, and whoever comes later sees the new ones. Workers are told, for held events may flow now.
 */
export async function withTenantLock<T>(
  database: Database,
  tenant: string,
  change: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  return database.$transaction(
    async (transaction) => {
      await transaction.$executeRaw`SELECT pg_advisory_xact_lock(tenant_lock(${tenant}))`;
      const result = await change(transaction);
      await transaction.$executeRaw`SELECT pg_notify('supplier_event', 'flags')`;
      return result;
    },
    { timeout: TRANSACTION_TIMEOUT, maxWait: 5_000 },
  );
}

/**
 * Moves a tenant's flag; call it within `withTenantLock`. The same state again changes nothing and is not audited.
 *
 * @param change.expected compare-and-set: any other state before is an error
 * @throws FlagError
 * @throws UnknownTenantError
 */
export async function setTenantState(
  transaction: Transaction,
  change: AuditedBy & { tenant: string; state: TenantState; expected?: TenantState },
): Promise<StateChange<TenantState>> {
  const row = await transaction.tenant.findUnique({ where: { id: change.tenant }, select: { state: true } });
  if (!row) throw new UnknownTenantError(change.tenant);
  const before = row.state as TenantState;
  checkExpected(`tenant ${change.tenant}`, before, change.expected);
  if (before !== change.state) {
    await transaction.tenant.updateMany({ where: { id: change.tenant }, data: { state: change.state } });
    await writeAudit(transaction, {
      ...change,
      action: 'tenant.state',
      subject: `tenant/${change.tenant}`,
      before: { state: before },
      after: { state: change.state },
    });
    // Only the end of a launch leaves its watch as it is: nobody watched the tenant across any other change.
    if (before !== 'canary' || change.state !== 'open') await beginWatches(transaction, change.tenant);
  }
  return { before, after: change.state };
}

/**
 * Moves a supplier's flag; call it within `withTenantLock`. The same state again changes nothing.
 *
 * @throws FlagError
 */
export async function setSupplierState(
  transaction: Transaction,
  change: AuditedBy & { tenant: string; supplier: string; state: SupplierState; expected?: SupplierState },
): Promise<StateChange<SupplierState>> {
  const key = { tenantId_id: { tenantId: change.tenant, id: change.supplier } };
  const row = await transaction.supplier.findUnique({ where: key });
  if (!row) throw new FlagError(`Tenant ${change.tenant} has no supplier ${change.supplier}.`);
  const before = row.state as SupplierState;
  checkExpected(`supplier ${change.supplier}`, before, change.expected);
  if (before !== change.state) {
    await transaction.supplier.update({ where: key, data: { state: change.state } });
    await writeAudit(transaction, {
      ...change,
      action: 'supplier.state',
      subject: `supplier/${change.tenant}/${change.supplier}`,
      before: { state: before },
      after: { state: change.state },
    });
    if (change.state === 'closed') {
      // In a canary it is widened again by the tenant's watch, in an open tenant by its own: there the tenant's is over,
      // and stays as evidence of the launch.
      const tenant = await transaction.tenant.findUnique({
        where: { id: change.tenant },
        select: { state: true },
      });
      if (tenant?.state !== 'open') await beginWatch(transaction, change.tenant);
      await beginWatch(transaction, change.tenant, change.supplier);
    }
  }
  return { before, after: change.state };
}

function checkExpected(subject: string, before: string, expected: string | undefined): void {
  if (expected !== undefined && before !== expected) {
    throw new FlagError(
      `The ${subject} is ${before}, not ${expected}: somebody else has changed it meanwhile.`,
    );
  }
}
