import type { Database } from '../database/client.ts';
import { NAME } from '../domain/identity.ts';
import { seconds, type Micros } from '../domain/time.ts';
import { decryptSecret, encryptSecret } from './secrets/encryption.ts';
import type { KeyRing } from './secrets/key-ring.ts';
import { lookUpTogether } from './look-up-together.ts';
import { schemeOf, type Scheme } from '../schemes/scheme.ts';
import { makeSecret } from '../schemes/secrets.ts';

export interface SupplierAccess {
  /** How its deliveries prove who sent them. */
  scheme: Scheme;
  /** All that are good now; several while it rotates. */
  secrets: Buffer[];
  /** Null: the server's default; 0: without a limit. */
  rateLimitPerMinute: number | null;
}

/** What is needed to judge a supplier's request at a moment; undefined for an unknown tenant or supplier. */
export type FindSupplierAccess = (
  tenant: string,
  supplier: string,
  now: Micros,
) => Promise<SupplierAccess | undefined>;

/** One query of a supplier at a time, shared by all its requests that came before it. */
export function findSupplierAccess(database: Database, keys: KeyRing): FindSupplierAccess {
  const rowsOf = lookUpTogether((key) => {
    const [tenant = '', supplier = ''] = key.split('/');
    return database.$queryRaw<SupplierRow[]>`
      SELECT s.rate_limit_per_minute AS rate, s.scheme, x.ciphertext, x.expires_at_us AS "expiresAt"
        FROM supplier s
        LEFT JOIN supplier_secret x ON x.tenant_id = s.tenant_id AND x.supplier_id = s.id
       WHERE s.tenant_id = ${tenant} AND s.id = ${supplier}
       ORDER BY x.id DESC`;
  });
  return async (tenant, supplier, now) => {
    // Such a name exists nowhere, and a NUL in it would be an error of the database.
    if (!NAME.test(tenant) || !NAME.test(supplier)) return undefined;
    const rows = await rowsOf(contextOf(tenant, supplier));
    const [first] = rows;
    if (!first) return undefined;
    return {
      scheme: schemeOf(first.scheme),
      // One that has expired may be under a key that is gone.
      secrets: rows.flatMap(({ ciphertext, expiresAt }) =>
        ciphertext && (expiresAt === null || expiresAt > now)
          ? [decryptSecret(keys, ciphertext, contextOf(tenant, supplier))]
          : [],
      ),
      rateLimitPerMinute: first.rate,
    };
  };
}

interface SupplierRow {
  rate: number | null;
  scheme: unknown;
  ciphertext: Uint8Array | null;
  expiresAt: Micros | null;
}

/** The secrets that sign for a supplier at a moment; empty for an unknown one. */
export async function activeSecrets(
  database: Database,
  keys: KeyRing,
  tenant: string,
  supplier: string,
  now: Micros,
): Promise<Buffer[]> {
  return (await findSupplierAccess(database, keys)(tenant, supplier, now))?.secrets ?? [];
}

/**
 * Gives a supplier one more secret: of Standard Webhooks, unless another one is given.
 *
 * @returns it as the supplier is told it, once
 */
export async function addSupplierSecret(
  database: Pick<Database, 'supplierSecret'>,
  keys: KeyRing,
  tenant: string,
  supplier: string,
  secret = makeSecret('standard'),
): Promise<string> {
  const ciphertext = encryptSecret(keys, secret.bytes, contextOf(tenant, supplier));
  await database.supplierSecret.create({ data: { tenantId: tenant, supplierId: supplier, ciphertext } });
  return secret.text;
}

/**
 * Gives a supplier a new secret, as above; those before it end after the overlap, or earlier if they were to.
 *
 * @throws RangeError for an unknown supplier
 * @returns the new secret as the supplier is told it, once
 */
export async function rotateSupplierSecret(
  database: Database,
  keys: KeyRing,
  tenant: string,
  supplier: string,
  overlapSeconds: number,
  now: Micros,
  secret = makeSecret('standard'),
): Promise<string> {
  const endsAt = now + seconds(overlapSeconds);
  return database.$transaction(async (transaction) => {
    // Without the lock, two rotations at once would each leave the other's secret without an end.
    const found = await transaction.$queryRaw<unknown[]>`
      SELECT 1 FROM supplier WHERE tenant_id = ${tenant} AND id = ${supplier} FOR UPDATE`;
    if (found.length === 0) throw new RangeError(`tenant ${tenant} has no supplier ${supplier}`);
    await transaction.supplierSecret.updateMany({
      where: {
        tenantId: tenant,
        supplierId: supplier,
        OR: [{ expiresAtUs: null }, { expiresAtUs: { gt: endsAt } }],
      },
      data: { expiresAtUs: endsAt },
    });
    return addSupplierSecret(transaction, keys, tenant, supplier, secret);
  });
}

function contextOf(tenant: string, supplier: string): string {
  return `${tenant}/${supplier}`;
}
