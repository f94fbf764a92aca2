import type { TenantState } from '../domain/flags.ts';
import { NAME } from '../domain/identity.ts';
import type { Transaction } from './client.ts';

/** There is no tenant of that name; the message says what to do. */
export class UnknownTenantError extends Error {
  override name = 'UnknownTenantError';

  constructor(tenant: string) {
    super(`There is no tenant ${tenant}; \`catalog-sync tenant list\` names them.`);
  }
}

/** The tenant has no supplier of that name; the message says what to do. */
export class UnknownSupplierError extends Error {
  override name = 'UnknownSupplierError';

  constructor(tenant: string, supplier: string) {
    super(
      `Tenant ${tenant} has no supplier ${supplier}; \`catalog-sync supplier list --tenant ${tenant}\` names them.`,
    );
  }
}

/**
 * Makes sure that a tenant has such a supplier. Asks for no more than a supplier's own token may see.
 *
 * @returns its flag
 * @throws UnknownSupplierError
 */
export async function knownSupplier(
  database: Pick<Transaction, 'supplier'>,
  tenant: string,
  supplier: string,
): Promise<{ state: string }> {
  const row =
    NAME.test(tenant) && NAME.test(supplier)
      ? await database.supplier.findUnique({
          where: { tenantId_id: { tenantId: tenant, id: supplier } },
          select: { state: true },
        })
      : null;
  if (!row) throw new UnknownSupplierError(tenant, supplier);
  return row;
}

/**
 * Makes sure that there is such a tenant.
 *
 * @returns its flag
 * @throws UnknownTenantError
 */
export async function knownTenant(
  database: Pick<Transaction, 'tenant'>,
  tenant: string,
): Promise<{ state: TenantState }> {
  // No tenant has another kind of name, and a NUL in it would be an error of the database.
  const row = NAME.test(tenant)
    ? await database.tenant.findUnique({ where: { id: tenant }, select: { state: true } })
    : null;
  if (!row) throw new UnknownTenantError(tenant);
  return { state: row.state as TenantState };
}
