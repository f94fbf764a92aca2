import type { Transaction } from '../database/client.ts';

/** How many events of each supplier closed flags hold. */
export async function readHeldEvents(
  transaction: Pick<Transaction, '$queryRaw'>,
  tenant: string,
): Promise<Map<string, number>> {
  const rows = await transaction.$queryRaw<{ supplier_id: string; held: number }[]>`
    SELECT supplier_id, count(*)::integer AS held FROM supplier_event e
     WHERE e.tenant_id = ${tenant} AND e.decision IS NULL AND event_outcome(e) = 'held'
     GROUP BY supplier_id`;
  return new Map(rows.map(({ supplier_id: supplier, held }) => [supplier, held]));
}
