import type { Transaction } from '../flags/audit.ts';
import type { FailureMode } from '../domain/failure-modes.ts';
import { itemIdOf } from '../domain/identity.ts';
import type { Contender } from '../domain/winner.ts';
import type { LedgerEvent } from './ledger-event.ts';

/** One item's story is read at a time, `sku` normalized. An item need not exist: its events may all be rejected. */
export interface Subject {
  tenant: string;
  sku: string;
  /** Forms in which the SKU arrived in events that no item was found for. */
  rawSkus: readonly string[];
  /** Events that were asked for by their id: always part of the story. */
  asked: readonly bigint[];
}

export interface Page {
  /** Most events, versions and attempts each. */
  limit: number;
  /** Only events with a lower number in the ledger. */
  before?: bigint | undefined;
}

const LAST_SEQ = 9_223_372_036_854_775_807n;

/** The newest events of a subject, newest first, and whether there are older ones. */
export async function readEvents(
  transaction: Transaction,
  subject: Subject,
  page: Page,
): Promise<{ events: LedgerEvent[]; olderBefore: bigint | undefined }> {
  const itemId = itemIdOf(subject.tenant, subject.sku);
  const before = page.before ?? LAST_SEQ;
  const oneMore = page.limit + 1;
  const rows = await transaction.$queryRaw<Row[]>`
    WITH of_item AS (
      (SELECT seq FROM supplier_event WHERE item_id = ${itemId} AND seq < ${before} ORDER BY seq DESC
        LIMIT ${oneMore}::integer)
      UNION
      (SELECT seq FROM supplier_event
        WHERE tenant_id = ${subject.tenant} AND item_id IS NULL AND sku = ANY (${[...subject.rawSkus]}::text[])
          AND seq < ${before}
        ORDER BY seq DESC LIMIT ${oneMore}::integer)
    ), winners AS (
      SELECT seq, lag(seq) OVER (ORDER BY decision_no) AS beat_seq
        FROM supplier_event WHERE item_id = ${itemId} AND decision = 'won'
    )
    SELECT e.seq, e.supplier_id, e.event_id, e.sku, e.quantity, e.updated_at_us, e.received_at_us, e.decision, e.rule,
           e.lost_to_seq, w.beat_seq, e.held_at_us IS NOT NULL AND e.start_due_us IS NULL AS held, e.start_due_us IS NOT NULL AS due,
           e.failure_mode, e.failure_detail, e.workflow_id, d.duplicates, d.conflicts,
           e.seq = ANY (${[...subject.asked]}::bigint[]) AS asked
      FROM supplier_event e
      LEFT JOIN winners w ON w.seq = e.seq
     CROSS JOIN LATERAL (SELECT count(*)::integer AS duplicates,
                                (count(*) FILTER (WHERE d.conflict))::integer AS conflicts
                           FROM duplicate_delivery d WHERE d.seq = e.seq) d
     WHERE e.seq IN (SELECT seq FROM of_item UNION SELECT unnest(${[...subject.asked]}::bigint[]))
     ORDER BY e.seq DESC`;
  const kept = rows.filter((row, index) => index < page.limit || row.asked);
  const last = rows[page.limit - 1];
  return {
    events: kept.map(eventOf),
    olderBefore: rows.some((row, index) => index >= page.limit && !row.asked) ? last?.seq : undefined,
  };
}

/** The events with these numbers, as others are compared with them. */
export async function readContenders(
  transaction: Transaction,
  seqs: readonly (bigint | null | undefined)[],
): Promise<Map<bigint, Contender>> {
  const wanted = [...new Set(seqs.filter((seq) => typeof seq === 'bigint'))];
  if (wanted.length === 0) return new Map();
  const rows = await transaction.supplierEvent.findMany({
    where: { seq: { in: wanted } },
    select: { seq: true, supplierId: true, eventId: true, quantity: true, updatedAtUs: true },
  });
  return new Map(rows.map((row) => [row.seq, contenderOf(row)]));
}

/** The best of the events that lost to the item's winner, on arrival or later. */
export async function readRunnerUp(
  transaction: Transaction,
  itemId: string,
  winnerSeq: bigint,
): Promise<Contender | undefined> {
  const rows = await transaction.$queryRaw<
    { supplier_id: string; event_id: string; quantity: number; updated_at_us: bigint }[]
  >`
    SELECT supplier_id, event_id, quantity, updated_at_us FROM supplier_event
     WHERE item_id = ${itemId} AND seq <> ${winnerSeq} AND decision IN ('won', 'superseded')
     ORDER BY updated_at_us DESC, quantity, supplier_id DESC, event_id DESC
     LIMIT 1`;
  const row = rows[0];
  return (
    row && {
      supplier: row.supplier_id,
      eventId: row.event_id,
      quantity: row.quantity,
      updatedAt: row.updated_at_us,
    }
  );
}

interface Row {
  seq: bigint;
  supplier_id: string;
  event_id: string;
  sku: string;
  quantity: number;
  updated_at_us: bigint;
  received_at_us: bigint;
  decision: LedgerEvent['decision'];
  rule: string | null;
  lost_to_seq: bigint | null;
  beat_seq: bigint | null;
  held: boolean;
  due: boolean;
  failure_mode: string | null;
  failure_detail: string | null;
  workflow_id: string;
  duplicates: number;
  conflicts: number;
  asked: boolean;
}

function eventOf(row: Row): LedgerEvent {
  return {
    seq: row.seq,
    supplier: row.supplier_id,
    eventId: row.event_id,
    sku: row.sku,
    quantity: row.quantity,
    updatedAt: row.updated_at_us,
    receivedAt: row.received_at_us,
    decision: row.decision,
    rule: row.rule,
    lostToSeq: row.lost_to_seq,
    beatSeq: row.beat_seq,
    held: row.held,
    due: row.due,
    failureMode: row.failure_mode as FailureMode | null,
    failureDetail: row.failure_detail,
    duplicates: row.duplicates,
    conflicts: row.conflicts,
    workflowId: row.workflow_id,
  };
}

function contenderOf(row: {
  supplierId: string;
  eventId: string;
  quantity: number;
  updatedAtUs: bigint;
}): Contender {
  return {
    supplier: row.supplierId,
    eventId: row.eventId,
    quantity: row.quantity,
    updatedAt: row.updatedAtUs,
  };
}
