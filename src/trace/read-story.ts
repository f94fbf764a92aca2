import type { Transaction } from '../database/client.ts';
import type { EventOutcome } from '../domain/event-outcome.ts';
import type { FailureMode } from '../domain/failure-modes.ts';
import { itemIdOf } from '../domain/identity.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { archivedWords } from '../retention/archive-words.ts';
import { cameByInWords } from './came-by.ts';
import { aliasWords, type CodeColumns } from './by-alias.ts';
import type { LedgerEvent, Rival } from './ledger-event.ts';

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
/** Most deliveries of one event that are told one by one. */
const MOST_DELIVERIES = 10;

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
    WITH undecided AS MATERIALIZED (
      SELECT seq FROM supplier_event
       WHERE tenant_id = ${subject.tenant} AND decision IS NULL AND item_id IS NULL
         AND sku = ANY (${[...subject.rawSkus]}::text[]) AND seq < ${before}
    ), wanted AS (
      (SELECT seq FROM supplier_event WHERE item_id = ${itemId} AND seq < ${before} ORDER BY seq DESC
        LIMIT ${oneMore}::integer)
      UNION
      (SELECT r.seq FROM unnest(${[...subject.rawSkus]}::text[]) AS raw (sku)
        CROSS JOIN LATERAL (
          SELECT x.seq FROM supplier_event x
           WHERE x.tenant_id = ${subject.tenant} AND x.sku = raw.sku AND x.decision = 'rejected' AND x.seq < ${before}
           ORDER BY x.seq DESC LIMIT ${oneMore}::integer) r)
      UNION
      (SELECT seq FROM undecided ORDER BY seq DESC LIMIT ${oneMore}::integer)
      UNION
      SELECT unnest(${[...subject.asked]}::bigint[])
    )
    SELECT e.seq, e.supplier_id, e.event_id, e.sku, e.quantity, e.updated_at_us, e.updated_at_sent, e.location,
           e.received_at_us, e.decision, e.rule, ${SAME_MOMENT} AS same_moment,
           e.lost_to_seq, e.beat_seq, e.stock_rule_id IS NOT NULL AS met_own_only, event_outcome(e) AS outcome,
           e.start_count > 0 AS started, e.failure_mode, e.failure_detail, e.workflow_id, e.traceparent,
           e.kind, e.actor, e.reason, t.supplier_id AS target_supplier, t.event_id AS target_event,
           v.supplier_id AS void_supplier, v.event_id AS void_event, v.actor AS void_actor, v.reason AS void_reason,
           v.received_at_us AS void_at_us, l.line AS file_line, r.id AS run_id, r.file_name, is_unknown(e) AS unknown_sku,
           c.code, c.quantity AS code_quantity, c.sku AS alias_sku, c.factor AS alias_factor, c.alias_since_us, c.waited_until_us,
           e.seq = ANY (${[...subject.asked]}::bigint[]) AS asked
      FROM wanted w
      JOIN supplier_event e USING (seq)
      LEFT JOIN supplier_event t ON t.seq = e.target_seq
      LEFT JOIN supplier_event v ON v.seq = e.voided_by_seq
      LEFT JOIN event_code c ON c.seq = e.seq
      LEFT JOIN feed_event l ON l.seq = e.seq
      LEFT JOIN feed_run r ON r.id = l.run_id
     ORDER BY e.seq DESC`;
  const kept = rows.filter((row, index) => index < page.limit || row.asked);
  const last = rows[page.limit - 1];
  const deliveries = await readDeliveries(
    transaction,
    kept.map(({ seq }) => seq),
  );
  return {
    events: kept.map((row) => eventOf(row, deliveries.get(row.seq) ?? [])),
    olderBefore: rows.some((row, index) => index >= page.limit && !row.asked) ? last?.seq : undefined,
  };
}

/** By the index of an item's contest: only what takes part in it counts. A delivery's events have one time of receipt. */
const SAME_MOMENT = Prisma.sql`(e.kind = 'update' AND e.location = '' AND e.voided_by_seq IS NULL AND EXISTS (
  SELECT 1 FROM supplier_event s
   WHERE s.item_id = e.item_id AND s.updated_at_us = e.updated_at_us AND s.decision IN ('won', 'superseded')
     AND s.voided_by_seq IS NULL AND s.supplier_id = e.supplier_id AND s.received_at_us = e.received_at_us
     AND s.kind = 'update' AND s.location = '' AND s.seq <> e.seq))`;

interface Delivery {
  seq: bigint;
  received_at_us: bigint;
  conflict: boolean;
  duplicates: number;
  conflicts: number;
}

/** Further deliveries of these events: how many, and the newest, newest first. */
async function readDeliveries(
  transaction: Transaction,
  seqs: readonly bigint[],
): Promise<Map<bigint, Delivery[]>> {
  const rows = await transaction.$queryRaw<Delivery[]>`
    SELECT c.seq, d.received_at_us, d.conflict, c.duplicates, c.conflicts
      FROM duplicate_count c
     CROSS JOIN LATERAL (
       SELECT x.id, x.received_at_us, x.conflict FROM duplicate_delivery x
        WHERE x.seq = c.seq ORDER BY x.seq DESC, x.id DESC LIMIT ${MOST_DELIVERIES}::integer) d
     WHERE c.seq = ANY (${[...seqs]}::bigint[])
     ORDER BY c.seq, d.id DESC`;
  const bySeq = new Map<bigint, Delivery[]>();
  for (const row of rows) bySeq.set(row.seq, [...(bySeq.get(row.seq) ?? []), row]);
  return bySeq;
}

/** The events with these numbers, as others are compared with them. */
export async function readRivals(
  transaction: Transaction,
  seqs: readonly (bigint | null | undefined)[],
): Promise<Map<bigint, Rival>> {
  const wanted = [...new Set(seqs.filter((seq) => typeof seq === 'bigint'))];
  if (wanted.length === 0) return new Map();
  const rows = await transaction.$queryRaw<
    (RivalRow & { pruned_at_us: bigint | null; archive: string | null; file: number | null })[]
  >`
    SELECT seq, supplier_id, event_id, quantity, updated_at_us, voided_by_seq IS NOT NULL AS voided,
           NULL::bigint AS pruned_at_us, NULL AS archive, NULL::integer AS file
      FROM supplier_event WHERE seq = ANY (${wanted})
    UNION ALL
    SELECT a.seq, a.supplier_id, a.event_id, a.quantity, a.updated_at_us, false, r.started_at_us, r.archive, a.file
      FROM archived_rival a JOIN prune_run r ON r.id = a.prune_id WHERE a.seq = ANY (${wanted})`;
  return new Map(
    rows.map(({ pruned_at_us: at, archive, file, ...row }) => [
      row.seq,
      { ...rivalOf(row), ...(at !== null && { archived: archivedWords({ archive, file, at }) }) },
    ]),
  );
}

/** What a query gives of an event that others are compared with. */
export interface RivalRow {
  seq: bigint;
  supplier_id: string;
  event_id: string;
  quantity: number;
  updated_at_us: bigint;
  voided: boolean;
}

export function rivalOf(row: RivalRow): Rival {
  return {
    supplier: row.supplier_id,
    eventId: row.event_id,
    quantity: row.quantity,
    updatedAt: row.updated_at_us,
    voided: row.voided,
  };
}

interface Row extends CodeColumns {
  seq: bigint;
  supplier_id: string;
  event_id: string;
  sku: string;
  quantity: number;
  updated_at_us: bigint;
  updated_at_sent: string | null;
  location: string;
  same_moment: boolean;
  received_at_us: bigint;
  decision: LedgerEvent['decision'];
  rule: string | null;
  lost_to_seq: bigint | null;
  met_own_only: boolean;
  beat_seq: bigint | null;
  outcome: EventOutcome;
  started: boolean;
  failure_mode: string | null;
  failure_detail: string | null;
  workflow_id: string;
  traceparent: string | null;
  kind: LedgerEvent['kind'];
  actor: string | null;
  reason: string | null;
  target_supplier: string | null;
  target_event: string | null;
  void_supplier: string | null;
  void_event: string | null;
  void_actor: string | null;
  void_reason: string | null;
  void_at_us: bigint | null;
  file_line: number | null;
  run_id: string | null;
  file_name: string | null;
  unknown_sku: boolean;
  asked: boolean;
}

function cameBy(row: Row): string | null {
  if (row.run_id === null) return null;
  const { event_id: eventId, quantity, updated_at_us: updatedAt, supplier_id: supplier } = row;
  const line = row.file_line ?? 0;
  return cameByInWords({
    runId: row.run_id,
    fileName: row.file_name,
    line,
    eventId,
    quantity,
    updatedAt,
    supplier,
  });
}

function eventOf(row: Row, deliveries: readonly Delivery[]): LedgerEvent {
  return {
    seq: row.seq,
    supplier: row.supplier_id,
    eventId: row.event_id,
    sku: row.sku,
    quantity: row.quantity,
    updatedAt: row.updated_at_us,
    updatedAtSent: row.updated_at_sent,
    cameBy: cameBy(row),
    alias: aliasWords(row),
    unknownSku: row.unknown_sku,
    location: row.location,
    sameMoment: row.same_moment,
    receivedAt: row.received_at_us,
    kind: row.kind,
    actor: row.actor,
    reason: row.reason,
    voids:
      row.target_supplier === null
        ? null
        : { supplier: row.target_supplier, eventId: row.target_event ?? '' },
    voidedBy:
      row.void_supplier === null
        ? null
        : {
            supplier: row.void_supplier,
            eventId: row.void_event ?? '',
            actor: row.void_actor ?? '',
            reason: row.void_reason ?? '',
            at: row.void_at_us ?? 0n,
          },
    decision: row.decision,
    rule: row.rule,
    lostToSeq: row.lost_to_seq,
    metOwnOnly: row.met_own_only,
    beatSeq: row.beat_seq,
    outcome: row.outcome,
    started: row.started || row.decision !== null,
    failureMode: row.failure_mode as FailureMode | null,
    failureDetail: row.failure_detail,
    duplicates: deliveries[0]?.duplicates ?? 0,
    conflicts: deliveries[0]?.conflicts ?? 0,
    deliveries: deliveries.map((one) => ({ receivedAt: one.received_at_us, conflict: one.conflict })),
    workflowId: row.workflow_id,
    traceparent: row.traceparent,
  };
}
