import type { Micros } from '../domain/time.ts';
import type { ReplayPosition } from '../domain/replay.ts';
import type { Database } from '../database/client.ts';

/** Items that are looked at at a time. */
const PAGE = 1_000;

/**
 * Reads of a change of the stock rule which items are to be moved: of each that is not right by the rule the event that
 * leads it. It goes by those events: an item that gets another one meanwhile was moved by whatever gave it that.
 */
export async function readRuleChangePage(
  database: Pick<Database, '$queryRaw'>,
  change: { tenant: string; stockRuleId: number },
  after?: ReplayPosition,
  limit = PAGE,
): Promise<{
  events: { seq: bigint; orderUs: Micros; itemId: string }[];
  next: ReplayPosition | undefined;
}> {
  const rows = await database.$queryRaw<
    { seq: bigint; item_id: string; received_at_us: bigint; moves: boolean }[]
  >`
    SELECT i.winner_seq AS seq, i.item_id, e.received_at_us,
           item_is_right(i.item_id, ${change.stockRuleId}::integer) IS FALSE AS moves
      FROM (SELECT c.item_id, c.winner_seq FROM catalog_item c
             WHERE c.tenant_id = ${change.tenant} AND c.winner_seq > ${BigInt(after?.seq ?? '0')}
             ORDER BY c.winner_seq LIMIT ${limit}::integer) i
      JOIN supplier_event e ON e.seq = i.winner_seq
     ORDER BY i.winner_seq`;
  const last = rows.at(-1);
  return {
    events: rows
      .filter(({ moves }) => moves)
      .map((row) => ({ seq: row.seq, orderUs: row.received_at_us, itemId: row.item_id })),
    next: rows.length === limit && last ? { orderUs: '0', seq: last.seq.toString() } : undefined,
  };
}
