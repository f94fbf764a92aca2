import type { Database } from '../../database/client.ts';
import { listSuppliers } from '../../flags/suppliers.ts';
import { heardKey, readLastHeard, toldHeard, type LastHeard } from './last-heard.ts';

/** Lists suppliers, each with when it was last heard from. */
export async function listHeardSuppliers(
  database: Database,
  tenant: string | undefined,
): Promise<(Awaited<ReturnType<typeof listSuppliers>>[number] & { lastHeard: LastHeard | null })[]> {
  const suppliers = await listSuppliers(database, tenant);
  const heard = await readLastHeard(database, tenant === undefined ? undefined : [tenant]);
  return suppliers.map((one) => ({ ...one, lastHeard: toldHeard(heard.get(heardKey(one))) }));
}
