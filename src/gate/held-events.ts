import type { Transaction } from '../database/client.ts';

/** How many events of each supplier closed flags hold. */
export async function readHeldEvents(
  transaction: Pick<Transaction, '$queryRaw'>,
  tenant: string,
): Promise<Map<string, number>> {
  const rows = await transaction.$queryRaw<{ supplier_id: string; held: number }[]>`
    SELECT supplier_id, count(*)::integer AS held FROM supplier_event
     WHERE tenant_id = ${tenant} AND held_at_us IS NOT NULL AND start_due_us IS NULL
     GROUP BY supplier_id`;
  return new Map(rows.map(({ supplier_id: supplier, held }) => [supplier, held]));
}
