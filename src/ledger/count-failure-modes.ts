import { FAILURE_MODES, type FailureMode } from '../domain/failure-modes.ts';
import type { Micros } from '../domain/time.ts';
import type { Database } from '../database/client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { wentWrongBy } from './ledger-conditions.ts';

export interface FailureCount {
  failureMode: FailureMode;
  count: number;
  lastSeenAt: Micros | null;
}

interface Row {
  mode: string;
  count: number;
  last_seen: bigint | null;
}

/** How often each failure mode was met in a tenant since a moment, and when last; every mode has its line. */
export async function countFailureModes(
  database: Database,
  tenant: string,
  since: Micros,
): Promise<FailureCount[]> {
  const rows = await database.$queryRaw<Row[]>`
    SELECT e.failure_mode AS mode, count(*)::integer AS count, max(e.received_at_us) AS last_seen
      FROM supplier_event e
     WHERE e.tenant_id = ${tenant} AND e.received_at_us >= ${since} AND e.failure_mode IS NOT NULL
     GROUP BY e.failure_mode
    UNION ALL
    SELECT 'duplicate_event', count(*)::integer, max(d.received_at_us)
      FROM duplicate_delivery d JOIN supplier_event e USING (seq)
     WHERE d.received_at_us >= ${since} AND e.tenant_id = ${tenant}
    UNION ALL
    SELECT 'old_quantity_shown', count(*)::integer, max(p.probed_at_us)
      FROM storefront_probe p
     WHERE p.probed_at_us >= ${since} AND p.failure_mode = 'old_quantity_shown'
       AND starts_with(p.item_id, ${`${tenant}:`})
    UNION ALL
    SELECT 'untraceable_event', count(*)::integer, max(e.received_at_us)
      FROM supplier_event e
     WHERE e.tenant_id = ${tenant} AND e.received_at_us >= ${since}
       AND ${wentWrongBy('untraceable_event', { tenant, narrowed: Prisma.sql`x.received_at_us >= ${since}` })}`;
  const found = new Map(rows.map((row) => [row.mode, row]));
  return (Object.keys(FAILURE_MODES) as FailureMode[]).map((failureMode) => ({
    failureMode,
    count: found.get(failureMode)?.count ?? 0,
    lastSeenAt: found.get(failureMode)?.last_seen ?? null,
  }));
}
