import type { EventOutcome } from '../domain/event-outcome.ts';
import type { Database } from '../database/client.ts';

export interface Outcomes {
  /** What events are now, most first; `mode` only where something went wrong. */
  events: { outcome: EventOutcome; mode: string | null; count: number }[];
  duplicates: number;
  conflicts: number;
  items: number;
  versions: { publication: string; count: number }[];
  /** Events whose workflow has not ended, held ones left out. */
  underWay: number;
}

/** Counts a tenant's events by what they are now, its versions by how their publication stands, and so on. */
export async function readOutcomes(database: Database, tenant: string): Promise<Outcomes> {
  const [events, deliveries, items, versions, underWay] = await Promise.all([
    database.$queryRaw<{ outcome: EventOutcome; mode: string | null; count: bigint }[]>`
      SELECT event_outcome(e) AS outcome,
             CASE WHEN e.failure_mode <> 'stale_catalog_version' THEN e.failure_mode END AS mode,
             count(*) AS count
        FROM supplier_event e
       WHERE e.tenant_id = ${tenant}
       GROUP BY 1, 2 ORDER BY 3 DESC`,
    database.$queryRaw<{ duplicates: bigint; conflicts: bigint }[]>`
      SELECT coalesce(sum(d.duplicates), 0) AS duplicates, coalesce(sum(d.conflicts), 0) AS conflicts
        FROM duplicate_count d JOIN supplier_event e USING (seq)
       WHERE e.tenant_id = ${tenant}`,
    database.catalogItem.count({ where: { tenantId: tenant } }),
    database.$queryRaw<{ publication: string; count: bigint }[]>`
      SELECT v.publication, count(*) AS count
        FROM catalog_item_version v JOIN supplier_event e ON e.seq = v.event_seq
       WHERE e.tenant_id = ${tenant} GROUP BY 1 ORDER BY 2 DESC`,
    database.supplierEvent.count({ where: { tenantId: tenant, startDueUs: { not: null } } }),
  ]);
  return {
    events: events.map((row) => ({ ...row, count: Number(row.count) })),
    duplicates: Number(deliveries[0]?.duplicates ?? 0),
    conflicts: Number(deliveries[0]?.conflicts ?? 0),
    items,
    versions: versions.map((row) => ({ ...row, count: Number(row.count) })),
    underWay,
  };
}
