import type { Transaction } from '../database/client.ts';
import { SHOP } from '../storefront/of-tenant.ts';
import type { KnownSupplier } from '../telemetry/gauges.ts';

/** Each has a dozen series, of which a metric holds 2,000: those that send have to find room, too. */
const MOST = 100;

/**
 * Who may send, and where it is told, so that their counters are there before the first event; of tenants that are not
 * closed and that no launch is rehearsed on, and a hundred at most.
 */
export async function readKnownSuppliers(database: Pick<Transaction, '$queryRaw'>): Promise<KnownSupplier[]> {
  return database.$queryRaw<KnownSupplier[]>`
    SELECT t.id AS tenant, s.id AS supplier, coalesce(f.name, ${SHOP}) AS storefront
      FROM tenant t
      JOIN supplier s ON s.tenant_id = t.id
      LEFT JOIN storefront f ON f.tenant_id = t.id AND f.state = 'open'
     WHERE t.state <> 'closed' AND t.rehearsal_us IS NULL
     ORDER BY t.id, s.id, f.place, f.name
     LIMIT ${MOST}`;
}
