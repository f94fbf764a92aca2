import type { Database } from '../../src/database/client.ts';

/** A tenant with open flags and the suppliers named. */
export async function openTenant(database: Database, tenant: string, suppliers: string[]): Promise<void> {
  await database.tenant.create({ data: { id: tenant, state: 'open' } });
  await database.supplier.createMany({
    data: suppliers.map((id) => ({ tenantId: tenant, id, state: 'open' })),
  });
}
