import type { Backlog } from '../telemetry/gauges.ts';
import type { Database } from '../database/client.ts';

/**
 * What waits in each tenant: how many events are due for the starter, and the age of the oldest pending one; what came
 * by files left out until its turn has come. Reads partial indexes only.
 */
export async function readBacklog(database: Database): Promise<Backlog[]> {
  const rows = await database.$queryRaw<{ tenant: string; backlog: bigint; oldest_us: bigint | null }[]>`
    SELECT t.id AS tenant,
           (SELECT count(*) FROM supplier_event e
             WHERE e.tenant_id = t.id AND e.start_due_us <= (SELECT now_us())) AS backlog,
           (SELECT greatest(0, now_us() - min(e.received_at_us)) FROM supplier_event e
             JOIN supplier_flow(ARRAY[t.id]) f ON f.supplier_id = e.supplier_id
             WHERE e.tenant_id = t.id AND e.decision IS NULL AND coalesce(e.start_due_us, 0) < behind_live_us()
               AND outcome_with_flags(e, f.flows) = 'pending') AS oldest_us
      FROM tenant t`;
  return rows.map((row) => ({
    tenant: row.tenant,
    backlog: Number(row.backlog),
    oldestPendingSeconds: Number(row.oldest_us ?? 0n) / 1e6,
  }));
}
