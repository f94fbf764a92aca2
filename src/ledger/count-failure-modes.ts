import { FAILURE_MODES, type FailureMode } from '../domain/failure-modes.ts';
import { seconds, type Micros } from '../domain/time.ts';
import type { Database } from '../database/client.ts';
import { countUntraceable } from './count-untraceable.ts';
import { publishingFails, unreached } from './publishing-fails.ts';

export interface FailureCount {
  failureMode: FailureMode;
  count: number;
  lastSeenAt: Micros | null;
}

/** Within so long, in µs, a storefront that is still tried was tried last. */
const LONGEST_PAUSE = seconds(3600);

interface Row {
  mode: string;
  count: number;
  last_seen: bigint | null;
}

/**
 * How often each failure mode was met in a tenant since a moment, and when last; every mode has its line, those that no
 * event carries with 0. What the storefront does not take, and what waits for an alias, counts for as long as that lasts,
 * however long ago it was received. Of an event from before that moment, no more than the last ten deliveries of a kind
 * are known to be later. Untraceable ones are counted among the newest `NEWEST_TRACED` events.
 */
export async function countFailureModes(
  database: Database,
  tenant: string,
  since: Micros,
): Promise<FailureCount[]> {
  const rows = await database.$queryRaw<Row[]>`
    SELECT e.failure_mode AS mode, count(*)::integer AS count, max(e.received_at_us) AS last_seen
      FROM supplier_event e
     WHERE e.tenant_id = ${tenant} AND e.received_at_us >= ${since} AND e.failure_mode IS NOT NULL
       AND e.failure_mode <> 'stale_catalog_version' AND e.failure_mode NOT IN ('publish_rejected', 'storefront_unreachable')
     GROUP BY e.failure_mode
    UNION ALL
    -- Of these there may be as many as there are events: they have an index of their own.
    SELECT 'stale_catalog_version', count(*)::integer, max(e.received_at_us)
      FROM supplier_event e
     WHERE e.tenant_id = ${tenant} AND e.received_at_us >= ${since} AND e.failure_mode = 'stale_catalog_version'
    UNION ALL
    SELECT f.mode, count(*)::integer, max(f.at_us) FROM (${publishingFails(tenant)}) f GROUP BY f.mode
    UNION ALL
    SELECT 'storefront_unreachable', 0, (SELECT max(a.started_at_us)
                                           FROM supplier s
                                           JOIN publish_attempt a ON a.tenant_id = s.tenant_id AND a.supplier_id = s.id
                                          WHERE s.tenant_id = ${tenant} AND a.status = 'failed'
                                            AND a.started_at_us > now_us() - ${LONGEST_PAUSE}::bigint)
     WHERE EXISTS (${unreached(tenant)})
    UNION ALL
    SELECT CASE WHEN d.conflict THEN 'conflicting_event' ELSE 'duplicate_event' END,
           sum(CASE WHEN e.received_at_us < ${since} THEN d.kept WHEN d.conflict THEN c.conflicts ELSE c.duplicates END)::integer,
           max(d.last)
      FROM (SELECT x.seq, x.conflict, count(*) AS kept, max(x.received_at_us) AS last FROM duplicate_delivery x
             WHERE x.received_at_us >= ${since} GROUP BY x.seq, x.conflict) d
      JOIN duplicate_count c USING (seq)
      JOIN supplier_event e USING (seq)
     WHERE e.tenant_id = ${tenant}
     GROUP BY d.conflict
    UNION ALL
    SELECT p.failure_mode, count(*)::integer, max(p.probed_at_us)
      FROM storefront_probe p
     WHERE p.probed_at_us >= ${since} AND p.failure_mode IS NOT NULL AND starts_with(p.item_id, ${`${tenant}:`})
     GROUP BY p.failure_mode
    UNION ALL
    SELECT 'unknown_sku', count(*)::integer, max(e.received_at_us)
      FROM supplier_event e
     WHERE e.tenant_id = ${tenant} AND is_unknown(e)`;
  const untraceable = await countUntraceable(database, { tenant, since });
  return (Object.keys(FAILURE_MODES) as FailureMode[]).map((failureMode) => {
    if (failureMode === 'untraceable_event') return { failureMode, ...untraceable };
    const found = rows.filter(({ mode }) => mode === failureMode);
    return {
      failureMode,
      count: found.reduce((sum, { count }) => sum + count, 0),
      lastSeenAt: found.reduce<Micros | null>((last, { last_seen: at }) => later(last, at), null),
    };
  });
}

function later(a: Micros | null, b: Micros | null): Micros | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}
