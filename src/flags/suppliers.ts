import { databaseNow } from '../database/clock.ts';
import type { KeyRing } from '../access/secrets/key-ring.ts';
import { addSupplierSecret, rotateSupplierSecret } from '../access/supplier-secrets.ts';
import type { Database } from '../database/client.ts';
import { knownTenant } from '../database/known-tenant.ts';
import type { SupplierState } from '../domain/flags.ts';
import { MANUAL_SUPPLIER } from '../domain/identity.ts';
import { reserveOf } from '../domain/stock.ts';
import { BEFORE_ANY_MOMENT, formatTime, seconds } from '../domain/time.ts';
import { writeAudit, type AuditedBy } from '../database/audit.ts';
import { FlagError, setSupplierState, withTenantLock } from './set-state.ts';
import { stockRuleOf } from './stock-rule.ts';

export interface SupplierRulesChange {
  skuPattern?: string;
  clockToleranceSeconds?: number;
  /** Null: the server's default; 0: without a limit. */
  rateLimitPerMinute?: number | null;
  /** After so long a figure of it counts no longer; null: never. */
  figureExpiresSeconds?: number | null;
}

export interface SupplierChange extends AuditedBy, SupplierRulesChange {
  tenant: string;
  supplier: string;
  state?: SupplierState;
}

/** A field of a supplier's events that is not read. */
export interface IgnoredField {
  field: string;
  /** In how many events. */
  count: number;
  firstSeen: string;
  lastSeen: string;
}

export interface SupplierListed {
  tenant: string;
  supplier: string;
  state: SupplierState;
  skuPattern: string;
  clockToleranceSeconds: number;
  rateLimitPerMinute: number | null;
  figureExpiresSeconds: number | null;
}

/**
 * Makes a supplier, closed unless told otherwise.
 *
 * @returns with its signing secret (`whsec_…`), which is given once, here
 * @throws FlagError if the tenant has a supplier of that name
 * @throws UnknownTenantError
 */
export async function addSupplier(
  database: Database,
  secretsKeys: KeyRing,
  change: SupplierChange,
): Promise<SupplierListed & { secret: string }> {
  refuseManual(change);
  return withTenantLock(database, change.tenant, async (transaction) => {
    await knownTenant(transaction, change.tenant);
    if (await transaction.supplier.findUnique({ where: keyOf(change) })) {
      throw new FlagError(
        `Tenant ${change.tenant} has a supplier ${change.supplier} already; \`catalog-sync supplier set\` changes it.`,
      );
    }
    const row = await transaction.supplier.create({
      data: {
        tenantId: change.tenant,
        id: change.supplier,
        state: change.state ?? 'closed',
        ...columnsOf(change),
      },
    });
    const secret = await addSupplierSecret(transaction, secretsKeys, change.tenant, change.supplier);
    await writeAudit(transaction, {
      ...change,
      action: 'supplier.add',
      subject: subjectOf(change),
      after: { state: row.state, ...auditedRules(row) },
    });
    return { ...listed(row), secret };
  });
}

/** Changes what is given, in one transaction. @throws FlagError */
export async function changeSupplier(database: Database, change: SupplierChange): Promise<SupplierListed> {
  refuseManual(change);
  return withTenantLock(database, change.tenant, async (transaction) => {
    const before = await transaction.supplier.findUnique({ where: keyOf(change) });
    if (!before) throw new FlagError(`Tenant ${change.tenant} has no supplier ${change.supplier}.`);
    if (change.state !== undefined) await setSupplierState(transaction, { ...change, state: change.state });
    const rules = columnsOf(change);
    const row = await transaction.supplier.update({ where: keyOf(change), data: rules });
    if (Object.keys(rules).length > 0) {
      await writeAudit(transaction, {
        ...change,
        action: 'supplier.set',
        subject: subjectOf(change),
        before: auditedRules(before),
        after: auditedRules(row),
      });
    }
    return listed(row);
  });
}

/**
 * Gives a supplier a new signing secret; those before it end after the overlap.
 *
 * @returns the secret as `whsec_…`, to be shown once
 * @throws FlagError for an unknown supplier
 */
export async function rotateSecret(
  database: Database,
  secretsKeys: KeyRing,
  change: AuditedBy & { tenant: string; supplier: string; overlapSeconds: number },
): Promise<string> {
  refuseManual(change);
  return database.$transaction(async (transaction) => {
    if (!(await transaction.supplier.findUnique({ where: keyOf(change) }))) {
      throw new FlagError(`Tenant ${change.tenant} has no supplier ${change.supplier}.`);
    }
    await writeAudit(transaction, {
      ...change,
      action: 'supplier.rotate_secret',
      subject: subjectOf(change),
      after: { overlapSeconds: change.overlapSeconds },
    });
    const { tenant, supplier, overlapSeconds } = change;
    const now = await databaseNow(transaction);
    // Within a transaction, the rotation's own becomes a savepoint of it.
    return rotateSupplierSecret(transaction as Database, secretsKeys, tenant, supplier, overlapSeconds, now);
  });
}

/** @returns with what its tenant's stock rule keeps back of its figures */
export async function listSuppliers(
  database: Database,
  tenant: string | undefined,
): Promise<(SupplierListed & { reserve: number; ignored: IgnoredField[] })[]> {
  const rows = await database.supplier.findMany({
    ...(tenant !== undefined && { where: { tenantId: tenant } }),
    orderBy: [{ tenantId: 'asc' }, { id: 'asc' }],
    include: {
      tenant: { select: { stockRule: true } },
      ignored: { orderBy: [{ count: 'desc' }, { field: 'asc' }] },
    },
  });
  return rows.map((row) => ({
    ...listed(row),
    reserve: reserveOf(stockRuleOf(row.tenant.stockRule), row.id),
    ignored: row.ignored.map(({ field, count, firstSeenUs, lastSeenUs }) => ({
      field,
      count: Number(count),
      firstSeen: formatTime(firstSeenUs),
      lastSeen: formatTime(lastSeenUs),
    })),
  }));
}

interface Row {
  tenantId: string;
  id: string;
  state: string;
  skuPattern: string;
  clockToleranceSeconds: number;
  rateLimitPerMinute: number | null;
  figureExpiresUs: bigint | null;
}

function listed(row: Row): SupplierListed {
  const { tenantId, id, state, ...rules } = row;
  return { tenant: tenantId, supplier: id, state: state as SupplierState, ...auditedRules(rules) };
}

function auditedRules(row: Omit<Row, 'tenantId' | 'id' | 'state'>) {
  const { skuPattern, clockToleranceSeconds, rateLimitPerMinute, figureExpiresUs } = row;
  const figureExpiresSeconds = figureExpiresUs === null ? null : Number(figureExpiresUs) / 1e6;
  return { skuPattern, clockToleranceSeconds, rateLimitPerMinute, figureExpiresSeconds };
}

function columnsOf(change: SupplierRulesChange) {
  const { figureExpiresSeconds } = change;
  return {
    ...(change.skuPattern !== undefined && { skuPattern: change.skuPattern }),
    ...(change.clockToleranceSeconds !== undefined && {
      clockToleranceSeconds: change.clockToleranceSeconds,
    }),
    ...(change.rateLimitPerMinute !== undefined && { rateLimitPerMinute: change.rateLimitPerMinute }),
    // All its events are looked at again: some may be too old by the new limit.
    ...(figureExpiresSeconds !== undefined && {
      figureExpiresUs: figureExpiresSeconds === null ? null : seconds(figureExpiresSeconds),
      expiredUntilUs: BEFORE_ANY_MOMENT,
    }),
  };
}

function keyOf(change: { tenant: string; supplier: string }) {
  return { tenantId_id: { tenantId: change.tenant, id: change.supplier } };
}

/** Whoever held a signing secret of it could pass off deliveries as manual fixes; only its tenant's flag holds those. */
function refuseManual({ supplier }: { supplier: string }): void {
  if (supplier !== MANUAL_SUPPLIER) return;
  throw new FlagError(
    `The name ${MANUAL_SUPPLIER} is kept for manual fixes: it has no secret, and its flag and rules stay.`,
  );
}

function subjectOf(change: { tenant: string; supplier: string }): string {
  return `supplier/${change.tenant}/${change.supplier}`;
}
