import type { Transaction } from '../database/client.ts';
import { itemIdOf } from '../domain/identity.ts';
import type { Subject } from './read-story.ts';

/** An item's events that are not decided, on whatever page of its story they stand. */
export interface Waiting {
  /** By closed flags. */
  held: number;
  /** For want of an alias. */
  unknown: number;
  pending: number;
  failed: number;
  /** A supplier of the held ones. */
  holder: string | undefined;
}

export async function readWaiting(transaction: Transaction, subject: Subject): Promise<Waiting> {
  const [row] = await transaction.$queryRaw<
    [{ held: number; unknown: number; pending: number; failed: number; holder: string | null }]
  >`
    SELECT (count(*) FILTER (WHERE e.outcome = 'pending'))::integer AS pending,
           (count(*) FILTER (WHERE e.outcome = 'held' AND NOT e.unknown))::integer AS held,
           (count(*) FILTER (WHERE e.unknown))::integer AS unknown,
           (count(*) FILTER (WHERE e.outcome = 'failed'))::integer AS failed,
           min(e.supplier_id) FILTER (WHERE e.outcome = 'held' AND NOT e.unknown) AS holder
      FROM (SELECT x.supplier_id, event_outcome(x) AS outcome, is_unknown(x) AS unknown
              FROM (SELECT seq FROM supplier_event
                     WHERE item_id = ${itemIdOf(subject.tenant, subject.sku)} AND decision IS NULL
                     UNION
                    SELECT seq FROM supplier_event
                     WHERE tenant_id = ${subject.tenant} AND decision IS NULL AND item_id IS NULL
                       AND sku = ANY (${[...subject.rawSkus]}::text[])) undecided
              JOIN supplier_event x USING (seq)) e`;
  return { ...row, holder: row.holder ?? undefined };
}
