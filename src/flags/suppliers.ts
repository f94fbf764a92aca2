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
import { schemeOf, STANDARD, type Scheme } from '../schemes/scheme.ts';
import { FlagError, setSupplierState, withTenantLock } from './set-state.ts';
import { stockRuleOf } from '../ledger/stock-rule-row.ts';
import {
  schemeColumn,
  schemeOfSupplier,
  secretFor,
  setScheme,
  type SchemeChange,
} from './supplier-scheme.ts';

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
  /** How its deliveries prove who sent them. */
  scheme: Scheme;
}

/**
 * Makes a supplier, closed unless told otherwise.
 *
 * @returns with the secret that was made for it (`whsec_…` of Standard Webhooks), which is told once, here; empty: there is
 *   none to be told
 * @throws FlagError if the tenant has a supplier of that name
 * @throws UnknownTenantError
 */
export async function addSupplier(
  database: Database,
  secretsKeys: KeyRing,
  change: SupplierChange & Partial<SchemeChange>,
): Promise<SupplierListed & { secret: string }> {
  refuseManual(change);
  const { tenant, supplier, givenSecret } = change;
  const scheme = schemeOfSupplier(change.scheme ?? STANDARD, supplier);
  const secret = secretFor(scheme.scheme, givenSecret);
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
        scheme: schemeColumn(scheme),
      },
    });
    if (secret) await addSupplierSecret(transaction, secretsKeys, tenant, supplier, secret);
    await writeAudit(transaction, {
      ...auditedBy(change),
      action: 'supplier.add',
      subject: subjectOf(change),
      after: { state: row.state, ...auditedRules(row), ...auditedScheme(scheme) },
    });
    return { ...listed(row), secret: givenSecret === undefined ? (secret?.text ?? '') : '' };
  });
}

/**
 * Changes what is given, in one transaction.
 *
 * @param change.proof another scheme, or another secret in place of all others
 * @returns with a secret where one was made; see addSupplier
 * @throws FlagError
 */
export async function changeSupplier(
  database: Database,
  change: SupplierChange & { proof?: SchemeChange & { secretsKeys: KeyRing } },
): Promise<SupplierListed & { secret: string }> {
  refuseManual(change);
  const { tenant, supplier, proof } = change;
  return withTenantLock(database, change.tenant, async (transaction) => {
    const before = await transaction.supplier.findUnique({ where: keyOf(change) });
    if (!before) throw new FlagError(`Tenant ${change.tenant} has no supplier ${change.supplier}.`);
    if (change.state !== undefined) await setSupplierState(transaction, { ...change, state: change.state });
    const by = auditedBy(change);
    const secret = proof
      ? await setScheme(transaction, proof.secretsKeys, { ...by, tenant, supplier, ...proof })
      : '';
    const rules = columnsOf(change);
    const row = await transaction.supplier.update({ where: keyOf(change), data: rules });
    if (Object.keys(rules).length > 0) {
      await writeAudit(transaction, {
        ...by,
        action: 'supplier.set',
        subject: subjectOf(change),
        before: auditedRules(before),
        after: auditedRules(row),
      });
    }
    return { ...listed(row), secret };
  });
}

/**
 * Gives a supplier a new secret; those before it end after the overlap.
 *
 * @param change.givenSecret the supplier's own; undefined: one is made
 * @returns the secret as the supplier is told it, once
 * @throws FlagError for an unknown supplier, and for one that has no secrets
 */
export async function rotateSecret(
  database: Database,
  secretsKeys: KeyRing,
  change: AuditedBy & { tenant: string; supplier: string; overlapSeconds: number; givenSecret?: string },
): Promise<string> {
  refuseManual(change);
  return database.$transaction(async (transaction) => {
    // Kept, so that no other scheme comes between, for which the secret would be none.
    const [row] = await transaction.$queryRaw<{ scheme: unknown }[]>`
      SELECT scheme FROM supplier WHERE tenant_id = ${change.tenant} AND id = ${change.supplier} FOR UPDATE`;
    if (!row) throw new FlagError(`Tenant ${change.tenant} has no supplier ${change.supplier}.`);
    const secret = secretFor(schemeOf(row.scheme).scheme, change.givenSecret);
    if (!secret) {
      throw new FlagError(
        `Supplier ${change.supplier} proves itself by a client certificate; \`catalog-sync supplier set\` gives it others.`,
      );
    }
    await writeAudit(transaction, {
      ...auditedBy(change),
      action: 'supplier.rotate_secret',
      subject: subjectOf(change),
      after: { overlapSeconds: change.overlapSeconds },
    });
    const { tenant, supplier, overlapSeconds } = change;
    const now = await databaseNow(transaction);
    // Within a transaction, the rotation's own becomes a savepoint of it.
    return rotateSupplierSecret(
      transaction as Database,
      ...([secretsKeys, tenant, supplier, overlapSeconds, now, secret] as const),
    );
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
  scheme: unknown;
}

function listed(row: Row): SupplierListed {
  const { tenantId, id, state, scheme, ...rules } = row;
  const names = { tenant: tenantId, supplier: id, state: state as SupplierState };
  return { ...names, ...auditedRules(rules), scheme: schemeOf(scheme) };
}

/** Of a change, what is written down with it: never a secret that came along. */
function auditedBy({ actor, reason, origin, tenant }: AuditedBy & { tenant: string }) {
  return { actor, reason, origin, tenant };
}

/** The usual one goes without saying. */
function auditedScheme(scheme: Scheme) {
  return scheme.scheme === 'standard' ? {} : { scheme: JSON.stringify(scheme) };
}

function auditedRules(row: Omit<Row, 'tenantId' | 'id' | 'state' | 'scheme'>) {
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
