import type { Transaction } from '../database/client.ts';
import type { UnknownSkuGauges } from '../telemetry/gauges.ts';

/** How many events wait for an alias, by supplier, for whoever watches from outside: one index has them and no others. */
export async function readUnknownSkuGauges(
  database: Pick<Transaction, '$queryRaw'>,
): Promise<UnknownSkuGauges[]> {
  return database.$queryRaw<UnknownSkuGauges[]>`
    SELECT u.tenant_id AS tenant, u.supplier_id AS supplier, u.events
      FROM (SELECT e.tenant_id, e.supplier_id, count(*)::integer AS events
              FROM supplier_event e
             WHERE is_unknown(e)
             GROUP BY e.tenant_id, e.supplier_id) u
      JOIN tenant t ON t.id = u.tenant_id
     WHERE t.state <> 'closed'
     ORDER BY u.tenant_id, u.supplier_id`;
}
