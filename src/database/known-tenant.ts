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
