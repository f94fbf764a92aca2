import type { Database } from '../database/client.ts';

/** Of a supplier's figures: what it says of an item at a location now. */
export interface OldFigures {
  figures: number;
  /** Older than so many seconds, but counting still. */
  tooOld: number;
}

/** How many figures a limit to their age would end. It looks at all of the supplier's events, once. */
export async function countOldFigures(
  database: Pick<Database, '$queryRaw'>,
  limit: { tenant: string; supplier: string; seconds: number },
): Promise<OldFigures> {
  const [row] = await database.$queryRaw<OldFigures[]>`
    SELECT count(*)::integer AS figures,
           (count(*) FILTER (WHERE f.updated_at_us <= now_us() - ${BigInt(limit.seconds) * 1_000_000n}::bigint))::integer
             AS "tooOld"
      FROM (SELECT DISTINCT ON (e.item_id, e.location) e.updated_at_us, e.expired_by_seq
              FROM supplier_event e
             WHERE e.tenant_id = ${limit.tenant} AND e.supplier_id = ${limit.supplier}
               AND e.decision IN ('won', 'superseded') AND e.voided_by_seq IS NULL
             ORDER BY e.item_id, e.location, e.updated_at_us DESC, e.quantity, e.event_id DESC) f
     WHERE f.expired_by_seq IS NULL`;
  return row ?? { figures: 0, tooOld: 0 };
}
