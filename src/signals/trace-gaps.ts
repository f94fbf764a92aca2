import { Prisma } from '../generated/prisma/client.ts';

/** What the trace of an acknowledged event can lack, in words that go on with the event's name. */
export const GAPS = {
  digest: 'is not what arrived: its content does not match its digest',
  workflow: 'has no workflow id',
  undecided: 'is not decided',
  rejection: 'is rejected without a known rule',
  void: 'is taken out by a void that does not name it',
  lost_to: 'names a winner that it did not lose to',
  beat: 'names a rule by which it did not win',
  no_item: 'belongs to an item that is not in the catalog',
  winner: "belongs to an item whose winner is not the ledger's",
  winner_digest: 'belongs to an item whose winner is not what arrived: its content does not match its digest',
  row: 'belongs to an item whose catalog row does not say what its winner says',
  no_version: 'won, but made no version that says what it says',
  unpublished: 'made a version whose publication has not begun',
} as const;

export type Gap = keyof typeof GAPS;

/**
 * A query of `seq, tenant_id, supplier_id, event_id, gap` for the events of `scope`, a query of `supplier_event.*`
 * alone; `gap` is null for a complete trace, and otherwise the first fault.
 *
 * What is recomputed here is what the database's own functions wrote: digest, rule, and who beat whom. A winner must
 * have been standing when the event was decided: decided before, and not yet beaten by an event that still counts.
 * A loser names whom it lost to, a winner whom it beat, so there is one rival at most.
 */
export function traceGaps(scope: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    WITH scope AS MATERIALIZED (
      ${scope}
    ), item_gaps AS MATERIALIZED (
      SELECT s.item_id, CASE
        WHEN i.item_id IS NULL THEN 'no_item'
        WHEN w.seq IS NULL OR w.item_id IS DISTINCT FROM i.item_id
             OR i.winner_seq IS DISTINCT FROM true_winner(i.item_id) THEN 'winner'
        WHEN w.digest <> event_digest(w.sku, w.quantity, w.updated_at_us) THEN 'winner_digest'
        WHEN (i.quantity, i.updated_at_us, i.supplier_id, i.event_id)
               IS DISTINCT FROM (w.quantity, w.updated_at_us, w.supplier_id, w.event_id)
             OR (i.quantity, i.updated_at_us) IS DISTINCT FROM (c.quantity, c.updated_at_us) THEN 'row'
        END AS gap
        FROM (SELECT DISTINCT item_id FROM scope WHERE item_id IS NOT NULL AND decision IS NOT NULL) s
        LEFT JOIN catalog_item i ON i.item_id = s.item_id
        LEFT JOIN supplier_event w ON w.seq = i.winner_seq
        LEFT JOIN catalog_item_version c ON c.item_id = i.item_id AND c.version = i.version
    )
    SELECT e.seq, e.tenant_id, e.supplier_id, e.event_id, CASE
      WHEN e.digest <> event_digest(e.sku, e.quantity, e.updated_at_us) THEN 'digest'
      WHEN e.workflow_id = '' THEN 'workflow'
      WHEN e.decision IS NULL OR e.rule IS NULL OR e.decided_at_us IS NULL THEN 'undecided'
      WHEN e.voided_by_seq IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM supplier_event o WHERE o.seq = e.voided_by_seq AND o.kind = 'void' AND o.target_seq = e.seq)
        THEN 'void'
      WHEN e.kind = 'void' AND NOT EXISTS (
             SELECT 1 FROM supplier_event o WHERE o.seq = e.target_seq AND o.voided_by_seq = e.seq)
        THEN 'void'
      WHEN e.decision = 'rejected' THEN
        CASE WHEN e.rule IN ('malformed_sku', 'clock_drift') AND e.failure_mode IS NOT DISTINCT FROM e.rule
             THEN NULL ELSE 'rejection' END
      WHEN e.decision = 'superseded' AND (
             r.seq IS NULL OR r.item_id IS DISTINCT FROM e.item_id
             OR e.rule NOT IN ('older', 'higher_quantity', 'lesser_supplier', 'lesser_event_id')
             OR e.rule <> contest_rule(e.updated_at_us, e.quantity, e.supplier_id, e.event_id,
                                       r.updated_at_us, r.quantity, r.supplier_id, r.event_id)
             OR r.decision_no IS NULL OR r.decision_no > e.decision_no
             OR EXISTS (SELECT 1 FROM supplier_event n
                         WHERE n.beat_seq = r.seq AND n.decision_no < e.decision_no AND n.voided_by_seq IS NULL))
        THEN 'lost_to'
      WHEN e.decision = 'won' AND (
             (e.beat_seq IS NOT NULL AND r.item_id IS DISTINCT FROM e.item_id)
             OR e.rule NOT IN ('first', 'newer', 'lower_quantity', 'greater_supplier', 'greater_event_id')
             OR e.rule <> contest_rule(e.updated_at_us, e.quantity, e.supplier_id, e.event_id,
                                       r.updated_at_us, r.quantity, r.supplier_id, r.event_id))
        THEN 'beat'
      -- An event that was voided before it was decided may belong to an item that never came to be.
      WHEN i.gap IS NOT NULL AND (i.gap <> 'no_item' OR e.decision IN ('won', 'superseded')) THEN i.gap
      WHEN e.decision = 'won' AND (
             v.version IS NULL OR (v.quantity, v.updated_at_us) IS DISTINCT FROM (e.quantity, e.updated_at_us))
        THEN 'no_version'
      WHEN e.decision = 'won' AND v.publication <> 'overtaken'
           AND NOT EXISTS (SELECT 1 FROM publish_attempt a WHERE a.item_id = v.item_id AND a.version = v.version)
           AND (v.publication NOT IN ('due', 'withheld')
                OR (SELECT event_flows(m.tenant_id, m.supplier_id) FROM supplier_event m WHERE m.seq = v.event_seq))
        THEN 'unpublished'
      END AS gap
      FROM scope e
      LEFT JOIN supplier_event r ON r.seq = coalesce(e.lost_to_seq, e.beat_seq)
      LEFT JOIN item_gaps i ON i.item_id = e.item_id
      LEFT JOIN catalog_item_version v ON v.item_id = e.item_id AND v.version = e.version`;
}
