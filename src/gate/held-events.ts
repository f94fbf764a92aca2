import type { Transaction } from '../database/client.ts';

/** How many events of each supplier closed flags hold. */
export async function readHeldEvents(
  transaction: Pick<Transaction, '$queryRaw'>,
  tenant: string,
): Promise<Map<string, number>> {
  const rows = await transaction.$queryRaw<{ supplier_id: string; held: number }[]>`
    SELECT s.id AS supplier_id, (
             SELECT count(*)::integer FROM supplier_event e
              WHERE e.tenant_id = s.tenant_id AND e.supplier_id = s.id AND e.decision IS NULL
                AND outcome_with_flags(e, f.flows) = 'held' AND NOT is_unknown(e)) AS held
      FROM supplier s CROSS JOIN LATERAL (SELECT event_flows(s.tenant_id, s.id) AS flows OFFSET 0) f
     WHERE s.tenant_id = ${tenant}`;
  return new Map(rows.map(({ supplier_id: supplier, held }) => [supplier, held]));
}
