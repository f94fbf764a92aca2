import type { Database } from '../../database/client.ts';
import type { Micros } from '../../domain/time.ts';
import type { FileCounts } from '../guards/judge-file.ts';
import type { ToldItems } from './told-items.ts';

const ITEMS_AT_ONCE = 2_000;

type ItemCounts = Pick<FileCounts, 'known' | 'above0' | 'zeroed' | 'items' | 'unheard'>;

/**
 * What a file's figures would do to those that its supplier said before, without a row being written: what
 * feed_run_counts says of a run. Of absent items it takes those as gone that have no figure as new as the snapshot.
 *
 * @param snapshot null where absence says nothing
 */
export async function previewCounts(
  database: Pick<Database, '$queryRaw'>,
  { tenant, supplier }: { tenant: string; supplier: string },
  told: ToldItems,
  snapshot: Micros | null,
): Promise<ItemCounts> {
  const whole = await wholeOf(database, tenant, supplier, snapshot);
  const sum = { above0: 0, heard: 0, zeroed: 0, goable: 0 };
  const all = [...told];
  for (let start = 0; start < all.length; start += ITEMS_AT_ONCE) {
    const part = all.slice(start, start + ITEMS_AT_ONCE).flatMap(([sku, figures]) =>
      figures.map(({ location, quantity, updatedAt }) => ({
        sku,
        location,
        quantity,
        at: updatedAt?.toString(),
      })),
    );
    const [row] = await database.$queryRaw<Record<'above0' | 'heard' | 'zeroed' | 'goable', bigint>[]>`
      WITH told AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(part)}::jsonb)
                 AS t (sku text, location text, quantity integer, at bigint)
      ), standing AS MATERIALIZED (
        SELECT k.sku, s.location, s.updated_at_us, s.expired_by_seq IS NULL AND s.quantity > 0 AS stands
          FROM (SELECT DISTINCT t.sku FROM told t) k
         CROSS JOIN LATERAL supplier_standing(${tenant} || ':' || k.sku, ${supplier}) s
      ), figure AS (
        SELECT s.sku, s.stands AS was, s.updated_at_us < ${snapshot}::bigint AS is_older,
               CASE WHEN t.quantity IS NOT NULL AND t.at >= s.updated_at_us THEN t.quantity > 0 ELSE s.stands END AS is_now
          FROM standing s LEFT JOIN told t ON t.sku = s.sku AND t.location = s.location
        UNION ALL
        SELECT t.sku, false, true, t.quantity > 0 FROM told t
         WHERE t.quantity IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM standing s WHERE s.sku = t.sku AND s.location = t.location)
      ), item AS (
        SELECT f.sku, bool_or(f.was) AS was, bool_or(f.is_now) AS is_now,
               coalesce(bool_and(f.is_older OR NOT f.was), false) AS is_older
          FROM figure f GROUP BY f.sku
      )
      SELECT count(*) FILTER (WHERE i.was) AS above0, count(*) FILTER (WHERE i.was AND NOT i.is_now) AS zeroed,
             count(*) FILTER (WHERE i.was AND i.is_older) AS goable,
             (SELECT count(DISTINCT s.sku) FROM standing s) AS heard
        FROM item i`;
    for (const key of ['above0', 'heard', 'zeroed', 'goable'] as const) sum[key] += Number(row?.[key] ?? 0n);
  }
  const absent = snapshot === null ? 0 : Math.max(0, whole.goable - sum.goable);
  return {
    ...{ known: whole.known, above0: whole.above0, zeroed: sum.zeroed + absent },
    ...{ items: told.size, unheard: told.size - sum.heard },
  };
}

async function wholeOf(
  database: Pick<Database, '$queryRaw'>,
  tenant: string,
  supplier: string,
  snapshot: Micros | null,
): Promise<{ known: number; above0: number; goable: number }> {
  const [row] = await database.$queryRaw<Record<'known' | 'above0' | 'goable', bigint>[]>`
    SELECT count(*) AS known, count(*) FILTER (WHERE i.was) AS above0,
           count(*) FILTER (WHERE i.was AND i.is_older) AS goable
      FROM catalog_item c
     CROSS JOIN LATERAL (
       SELECT bool_or(s.quantity > 0 AND s.expired_by_seq IS NULL) AS was,
              coalesce(bool_and(s.updated_at_us < ${snapshot}::bigint OR s.quantity <= 0), false) AS is_older,
              count(*) AS figures
         FROM supplier_standing(c.item_id, ${supplier}) s) i
     WHERE c.tenant_id = ${tenant} AND i.figures > 0`;
  const { known = 0n, above0 = 0n, goable = 0n } = row ?? {};
  return { known: Number(known), above0: Number(above0), goable: Number(goable) };
}
