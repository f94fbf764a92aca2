import type { KeyRing } from '../access/secrets/key-ring.ts';
import { addSupplierSecret } from '../access/supplier-secrets.ts';
import { writeAudit, type AuditedBy } from '../database/audit.ts';
import type { Transaction } from '../database/client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { schemeOf, type Scheme, type SchemeKind } from '../schemes/scheme.ts';
import { makeSecret, takeSecret, type SupplierSecret } from '../schemes/secrets.ts';
import { needsSecret } from '../schemes/verify.ts';
import { FlagError } from './set-state.ts';

export interface SchemeChange {
  scheme: Scheme;
  /** A secret of the supplier's own; undefined: one is made where it needs one. */
  givenSecret?: string;
}

/** As it is kept: with the name that a basic one goes by. */
export function schemeOfSupplier(scheme: Scheme, supplier: string): Scheme {
  return scheme.scheme === 'basic' ? { ...scheme, user: scheme.user ?? supplier } : scheme;
}

/** @returns undefined where a scheme has no secrets @throws FlagError for one that cannot be its secret */
export function secretFor(kind: SchemeKind, given: string | undefined): SupplierSecret | undefined {
  if (given === undefined) return needsSecret(kind) ? makeSecret(kind) : undefined;
  try {
    return takeSecret(kind, given);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FlagError(`The secret cannot be used: ${error.message}.`);
  }
}

/**
 * Gives a supplier another scheme; call it within `withTenantLock`. A secret of one kind of scheme is none of another,
 * so that those before it are taken away then; with a secret that is given too.
 *
 * @returns a secret that was made, as the supplier is told it, once; empty: there is none to be told
 */
export async function setScheme(
  transaction: Transaction,
  secretsKeys: KeyRing,
  change: AuditedBy & SchemeChange & { tenant: string; supplier: string },
): Promise<string> {
  const { tenant, supplier, givenSecret } = change;
  const key = { tenantId_id: { tenantId: tenant, id: supplier } };
  const row = await transaction.supplier.findUniqueOrThrow({ where: key, select: { scheme: true } });
  const before = schemeOf(row.scheme);
  const scheme = schemeOfSupplier(change.scheme, supplier);
  await transaction.supplier.update({ where: key, data: { scheme: schemeColumn(scheme) } });

  const isAnotherKind = before.scheme !== scheme.scheme;
  const replaces = isAnotherKind || givenSecret !== undefined;
  const secret = replaces ? secretFor(scheme.scheme, givenSecret) : undefined;
  if (replaces)
    await transaction.supplierSecret.deleteMany({ where: { tenantId: tenant, supplierId: supplier } });
  if (secret) await addSupplierSecret(transaction, secretsKeys, tenant, supplier, secret);
  const { actor, reason, origin } = change;
  await writeAudit(transaction, {
    ...{ tenant, actor, reason, origin },
    action: 'supplier.scheme',
    subject: `supplier/${tenant}/${supplier}`,
    before: { scheme: JSON.stringify(before) },
    after: { scheme: JSON.stringify(scheme), secrets: replaces ? 'replaced' : 'kept' },
  });
  return givenSecret === undefined ? (secret?.text ?? '') : '';
}

/** As its column holds it. */
export function schemeColumn(scheme: Scheme): Prisma.InputJsonObject | typeof Prisma.DbNull {
  return scheme.scheme === 'standard' ? Prisma.DbNull : scheme;
}
