import type { Transaction } from '../database/client.ts';
import type { FeedPlace } from './cursor.ts';
import type { ChangeRow } from './describe-changes.ts';

/** A tenant's versions after a place in the feed, below a number, in the feed's order. */
export function readChangeRows(
  database: Pick<Transaction, '$queryRaw'>,
  { tenant, place, below, limit }: { tenant: string; place: FeedPlace; below: bigint; limit: number },
): Promise<ChangeRow[]> {
  // The page first: joined before, the planner might take another way than the index. And in the index's whole order: where
  // a policy stands before it, the planner does not see that all rows are of one tenant, and would sort them.
  return database.$queryRaw<ChangeRow[]>`
    WITH page AS MATERIALIZED (
      SELECT v.* FROM catalog_item_version v
       WHERE split_part(v.item_id, ':', 1) = ${tenant} AND v.change_no < ${below}
         AND (v.change_no, v.item_id COLLATE "C", v.version)
             > (${place.changeNo}, ${place.itemId} COLLATE "C", ${place.version}::integer)
       ORDER BY split_part(v.item_id, ':', 1), v.change_no, v.item_id COLLATE "C", v.version
       LIMIT ${limit}::integer)
    SELECT p.item_id, p.version, p.change_no, p.quantity, p.updated_at_us, p.rule, p.created_at_us, p.replay_id,
           p.stock_rule_id, p.stock, p.shares, e.supplier_id, e.event_id, e.kind
      FROM page p JOIN supplier_event e ON e.seq = p.event_seq
     ORDER BY p.change_no, p.item_id COLLATE "C", p.version`;
}
