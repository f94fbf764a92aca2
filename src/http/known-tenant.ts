import type { Database } from '../database/client.ts';
import { NAME } from '../domain/identity.ts';
import { ProblemError } from './problems.ts';

/** @throws ProblemError `not_found` for a tenant that does not exist */
export async function knownTenant(database: Database, tenant: string): Promise<{ state: string }> {
  const row = NAME.test(tenant)
    ? await database.tenant.findUnique({ where: { id: tenant }, select: { state: true } })
    : null;
  if (!row) throw new ProblemError('not_found');
  return row;
}
