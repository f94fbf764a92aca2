import type { Transaction } from '../database/client.ts';
import type { UnknownSkuGauges } from '../telemetry/metrics.ts';

/** How many events wait for an alias, by supplier, for whoever watches from outside: one index has them and no others. */
export async function readUnknownSkuGauges(
  database: Pick<Transaction, '$queryRaw'>,
): Promise<UnknownSkuGauges[]> {
  return database.$queryRaw<UnknownSkuGauges[]>`
    SELECT e.tenant_id AS tenant, e.supplier_id AS supplier, count(*)::integer AS events
      FROM supplier_event e
      JOIN tenant t ON t.id = e.tenant_id
     WHERE t.state <> 'closed' AND is_unknown(e)
     GROUP BY e.tenant_id, e.supplier_id
     ORDER BY e.tenant_id, e.supplier_id`;
}
