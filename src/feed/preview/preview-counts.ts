import type { Database } from '../../database/client.ts';
import type { Micros } from '../../domain/time.ts';
import type { FileCounts } from '../guards/judge-file.ts';
import type { SummedRows } from '../run/sum-up-rows.ts';

/** What a supplier has of an item in stock, all locations together, and would have. */
export interface ItemChange {
  sku: string;
  from: number;
  to: number;
}

export interface PreviewedChanges extends Pick<
  FileCounts,
  'known' | 'above0' | 'zeroed' | 'items' | 'unheard'
> {
  /** Items whose figure would be another one, those of which nothing was said before included. */
  changed: number;
  /** The first of them, those that would go to 0 before the others. */
  first: ItemChange[];
}

const SHOWN_ITEMS = 20;
const PART_ITEMS = 50_000;

/**
 * What a file's figures would do to those that its supplier said before, without a row being written; as the guards of a
 * run count.
 *
 * @param snapshot null where absence says nothing
 */
export async function previewCounts(
  database: Pick<Database, '$queryRaw'>,
  { tenant, supplier, feed }: { tenant: string; supplier: string; feed: string | undefined },
  items: SummedRows['items'],
  snapshot: Micros | null,
): Promise<PreviewedChanges> {
  const [row] = await database.$queryRaw<Counted[]>`
    WITH change AS MATERIALIZED (
      SELECT * FROM figure_changes(${tenant}, ${supplier}, ${feed ?? null}, NULL, ${inParts(items)}::jsonb[],
                                   ${snapshot}::bigint)
    ), shown AS (
      SELECT c.sku_key AS sku, c.before AS "from", c.after AS "to" FROM change c WHERE c.before <> c.after
       ORDER BY c.after > 0, c.sku_key COLLATE "C" LIMIT ${SHOWN_ITEMS}::integer
    )
    SELECT count(*) FILTER (WHERE c.heard) AS known, coalesce(sum(c.stocked), 0)::bigint AS above0,
           coalesce(sum(c.gone), 0)::bigint AS zeroed, count(*) FILTER (WHERE c.named) AS items,
           count(*) FILTER (WHERE c.named AND NOT c.heard) AS unheard,
           count(*) FILTER (WHERE c.before <> c.after) AS changed,
           (SELECT coalesce(jsonb_agg(s), '[]') FROM shown s) AS first
      FROM change c`;
  if (!row) throw new Error('no row of counts');
  const { known, above0, zeroed, items: named, unheard, changed, first } = row;
  return {
    ...{ known: Number(known), above0: Number(above0), zeroed: Number(zeroed) },
    ...{ items: Number(named), unheard: Number(unheard), changed: Number(changed), first },
  };
}

interface Counted extends Record<'known' | 'above0' | 'zeroed' | 'items' | 'unheard' | 'changed', bigint> {
  first: ItemChange[];
}

function inParts(items: SummedRows['items']): string[] {
  const parts: string[] = [];
  for (let start = 0; start < items.length; start += PART_ITEMS) {
    parts.push(JSON.stringify(items.slice(start, start + PART_ITEMS)));
  }
  return parts;
}
