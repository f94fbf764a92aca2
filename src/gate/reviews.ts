import type { Transaction } from '../database/client.ts';
import type { EventOutcome } from '../domain/event-outcome.ts';
import type { Micros } from '../domain/time.ts';
import type { WatchRow } from './watch-rows.ts';

/** An update that support has to explain. */
export interface ReviewRow {
  /** Of which watch it is. */
  watch: Pick<WatchRow, 'supplier' | 'number'>;
  seq: bigint;
  supplier: string;
  eventId: string;
  itemId: string;
  sku: string;
  /** What the event is now. */
  outcome: EventOutcome;
  sampledAt: Micros;
  explainedBy: string | null;
  explanation: string | null;
  approvedAt: Micros | null;
}

/** The updates that were sampled in these watches, as they stand now. */
export async function readReviews(
  transaction: Pick<Transaction, '$queryRaw'>,
  tenant: string,
  watches: readonly Pick<WatchRow, 'supplier' | 'number'>[],
): Promise<ReviewRow[]> {
  const rows = await transaction.$queryRaw<
    {
      watch_supplier: string;
      watch_number: number;
      seq: bigint;
      supplier_id: string;
      event_id: string;
      item_id: string;
      sku: string;
      outcome: ReviewRow['outcome'];
      sampled_at_us: bigint;
      explained_by: string | null;
      explanation: string | null;
      approved_us: bigint | null;
    }[]
  >`
    SELECT r.supplier_id AS watch_supplier, r.watch_number, e.seq, e.supplier_id, e.event_id, e.item_id, i.sku,
           event_outcome(e) AS outcome, r.sampled_at_us, r.explained_by, r.explanation, r.approved_us
      FROM unnest(${watches.map(({ supplier }) => supplier)}::text[], ${watches.map(({ number }) => number)}::integer[])
             AS w (supplier_id, number)
      JOIN trace_review r ON r.tenant_id = ${tenant} AND r.supplier_id = w.supplier_id AND r.watch_number = w.number
      JOIN supplier_event e ON e.seq = r.event_seq
      JOIN catalog_item i ON i.item_id = e.item_id
     ORDER BY r.supplier_id, e.seq`;
  return rows.map((row) => ({
    watch: { supplier: row.watch_supplier, number: row.watch_number },
    seq: row.seq,
    supplier: row.supplier_id,
    eventId: row.event_id,
    itemId: row.item_id,
    sku: row.sku,
    outcome: row.outcome,
    sampledAt: row.sampled_at_us,
    explainedBy: row.explained_by,
    explanation: row.explanation,
    approvedAt: row.approved_us,
  }));
}
