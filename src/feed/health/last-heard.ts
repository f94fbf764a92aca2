import type { Transaction } from '../../database/client.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import { formatTime, type Micros } from '../../domain/time.ts';

/** When a supplier was last heard from, and by what. */
export interface Heard {
  at: Micros;
  by: 'event' | 'file';
}

/** The same as lists tell it. */
export interface LastHeard {
  at: string;
  by: Heard['by'];
}

/** An event of its own is looked for among so many of a supplier's last ones: the others may be a file's. */
const LOOKED_AT = 100;
const END_OF_TIME = 2n ** 63n - 1n;

/**
 * The last run of the feed of the row `f` whose file came, whatever became of it; but where the source has no name for a
 * file's state, only one that differs from the last.
 */
export const LAST_FILE = Prisma.sql`
  SELECT x.created_at_us FROM feed_run x
   WHERE x.tenant_id = f.tenant_id AND x.feed_id = f.id AND x.file_digest IS NOT NULL
     AND (x.state <> 'unchanged' OR x.trigger = 'upload' OR x.etag IS NOT NULL)
   ORDER BY x.created_at_us DESC LIMIT 1`;

/**
 * Of the supplier of the row `s`. An event counts that it sent itself: not one that a file's run wrote, maybe days after
 * the file came, nor the end of an old figure.
 */
const HEARD = Prisma.sql`
  SELECT heard.at_us, heard.by FROM (
    (SELECT e.received_at_us AS at_us, 'event' AS by
       -- One index has this order. Asked for this supplier alone, PostgreSQL might walk through all events of its tenant.
       FROM (SELECT x.* FROM supplier_event x
              WHERE (x.tenant_id, x.supplier_id, x.received_at_us) <= (s.tenant_id, s.id, ${END_OF_TIME}::bigint)
              ORDER BY x.tenant_id DESC, x.supplier_id DESC, x.received_at_us DESC, x.seq DESC
              LIMIT ${LOOKED_AT}::integer) e
      -- A subquery for each row, which ends at the first that fits; a join would look at all of them.
      WHERE e.tenant_id = s.tenant_id AND e.supplier_id = s.id AND e.kind <> 'expiry'
        AND (SELECT f.seq FROM feed_event f WHERE f.seq = e.seq) IS NULL
      ORDER BY e.tenant_id DESC, e.supplier_id DESC, e.received_at_us DESC LIMIT 1)
    UNION ALL
    SELECT r.created_at_us, 'file'
      FROM feed f
     CROSS JOIN LATERAL (${LAST_FILE}) r
     WHERE f.tenant_id = s.tenant_id AND f.supplier_id = s.id) heard
   ORDER BY heard.at_us DESC LIMIT 1`;

/**
 * Of suppliers that were heard from at all.
 *
 * @param tenants undefined: every one
 * @param which all of their suppliers, or those with a feed
 * @returns by tenant and supplier: see heardKey
 */
export async function readLastHeard(
  database: Pick<Transaction, '$queryRaw'>,
  tenants: readonly string[] | undefined,
  which: 'all' | 'with a feed' = 'all',
): Promise<Map<string, Heard>> {
  const rows = await database.$queryRaw<
    { tenant: string; supplier: string; at_us: bigint; by: Heard['by'] }[]
  >`
    SELECT s.tenant_id AS tenant, s.id AS supplier, h.at_us, h.by
      FROM supplier s CROSS JOIN LATERAL (${HEARD}) h
     WHERE ${tenants === undefined ? Prisma.sql`true` : Prisma.sql`s.tenant_id = ANY (${[...tenants]}::text[])`}
       AND (${which === 'all'} OR EXISTS (SELECT 1 FROM feed f WHERE f.tenant_id = s.tenant_id AND f.supplier_id = s.id))`;
  return new Map(rows.map(({ at_us: at, by, ...named }) => [heardKey(named), { at, by }]));
}

export function heardKey({ tenant, supplier }: { tenant: string; supplier: string }): string {
  return `${tenant}/${supplier}`;
}

export function toldHeard(heard: Heard | undefined): LastHeard | null {
  return heard ? { at: formatTime(heard.at), by: heard.by } : null;
}
