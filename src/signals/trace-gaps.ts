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
 */
export function traceGaps(scope: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT e.seq, e.tenant_id, e.supplier_id, e.event_id, CASE
      WHEN e.digest <> event_digest(e.sku, e.quantity, e.updated_at_us) THEN 'digest'
      WHEN e.workflow_id = '' THEN 'workflow'
      WHEN e.decision IS NULL OR e.rule IS NULL OR e.decided_at_us IS NULL THEN 'undecided'
      WHEN e.voided_by_seq IS NOT NULL AND (o.seq IS NULL OR o.kind <> 'void' OR o.target_seq <> e.seq) THEN 'void'
      WHEN e.kind = 'void' AND (g.seq IS NULL OR g.voided_by_seq IS DISTINCT FROM e.seq) THEN 'void'
      WHEN e.decision = 'rejected' THEN
        CASE WHEN e.rule IN ('malformed_sku', 'clock_drift') AND e.failure_mode IS NOT DISTINCT FROM e.rule
             THEN NULL ELSE 'rejection' END
      WHEN e.decision = 'superseded' AND (
             l.seq IS NULL OR l.item_id IS DISTINCT FROM e.item_id
             OR e.rule NOT IN ('older', 'higher_quantity', 'lesser_supplier', 'lesser_event_id')
             OR e.rule <> contest_rule(e.updated_at_us, e.quantity, e.supplier_id, e.event_id,
                                       l.updated_at_us, l.quantity, l.supplier_id, l.event_id)
             OR l.decision_no IS NULL OR l.decision_no > e.decision_no
             OR EXISTS (SELECT 1 FROM supplier_event n
                         WHERE n.beat_seq = l.seq AND n.decision_no < e.decision_no AND n.voided_by_seq IS NULL))
        THEN 'lost_to'
      WHEN e.decision = 'won' AND (
             (e.beat_seq IS NOT NULL AND b.item_id IS DISTINCT FROM e.item_id)
             OR e.rule NOT IN ('first', 'newer', 'lower_quantity', 'greater_supplier', 'greater_event_id')
             OR e.rule <> contest_rule(e.updated_at_us, e.quantity, e.supplier_id, e.event_id,
                                       b.updated_at_us, b.quantity, b.supplier_id, b.event_id))
        THEN 'beat'
      WHEN i.item_id IS NULL AND e.decision IN ('won', 'superseded') THEN 'no_item'
      WHEN i.item_id IS NOT NULL AND (
             w.seq IS NULL OR w.item_id IS DISTINCT FROM i.item_id OR i.winner_seq IS DISTINCT FROM i.true_winner)
        THEN 'winner'
      WHEN w.digest <> event_digest(w.sku, w.quantity, w.updated_at_us) THEN 'winner_digest'
      WHEN i.item_id IS NOT NULL AND (
             (i.quantity, i.updated_at_us, i.supplier_id, i.event_id)
               IS DISTINCT FROM (w.quantity, w.updated_at_us, w.supplier_id, w.event_id)
             OR (i.quantity, i.updated_at_us) IS DISTINCT FROM (c.quantity, c.updated_at_us))
        THEN 'row'
      WHEN e.decision = 'won' AND (
             v.version IS NULL OR (v.quantity, v.updated_at_us) IS DISTINCT FROM (e.quantity, e.updated_at_us))
        THEN 'no_version'
      WHEN e.decision = 'won' AND v.publication <> 'overtaken'
           AND NOT EXISTS (SELECT 1 FROM publish_attempt a WHERE a.item_id = v.item_id AND a.version = v.version)
           AND (v.publication NOT IN ('due', 'withheld') OR event_flows(e.tenant_id, m.supplier_id))
        THEN 'unpublished'
      END AS gap
      FROM (${scope}) e
      LEFT JOIN supplier_event l ON l.seq = e.lost_to_seq
      LEFT JOIN supplier_event b ON b.seq = e.beat_seq
      LEFT JOIN supplier_event o ON o.seq = e.voided_by_seq
      LEFT JOIN supplier_event g ON g.seq = e.target_seq
      LEFT JOIN LATERAL (
        SELECT x.*, true_winner(x.item_id) AS true_winner FROM catalog_item x WHERE x.item_id = e.item_id) i ON true
      LEFT JOIN supplier_event w ON w.seq = i.winner_seq
      LEFT JOIN catalog_item_version c ON c.item_id = i.item_id AND c.version = i.version
      LEFT JOIN catalog_item_version v ON v.item_id = e.item_id AND v.version = e.version
      LEFT JOIN supplier_event m ON m.seq = v.event_seq`;
}
