-- What the trace of an event lacks, or where it contradicts the ledger: the first fault, which src/signals/gaps.ts puts
-- into words; null for a complete trace. p_item_gap is what item_gap says of the event's item: asked once an item.
-- What is recomputed here is what the database's own functions wrote: digest, rule, and who beat whom. A winner must
-- have been standing when the event was decided: decided before, and not yet beaten by an event that still counts. A
-- loser names whom it lost to, a winner whom it beat, so there is one rival at most: an event, or what archived_rival
-- has kept of one that was pruned. What was decided under a stock rule met events of its own supplier and location only.
-- It takes a number instead of a row so that a query over many events is planned as one join.
CREATE OR REPLACE FUNCTION trace_gap(p_seq bigint, p_item_gap text)
 RETURNS TABLE(gap text)
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE
    WHEN e.digest <> event_digest(e.sku, e.quantity, e.updated_at_us, e.location) AND NOT is_by_code(e) THEN 'digest'
    WHEN e.workflow_id = '' THEN 'workflow'
    WHEN e.decision IS NULL OR e.rule IS NULL OR e.decided_at_us IS NULL THEN 'undecided'
    WHEN e.voided_by_seq IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM supplier_event o WHERE o.seq = e.voided_by_seq AND o.kind = 'void' AND o.target_seq = e.seq)
      THEN 'void'
    WHEN e.kind = 'void' AND NOT EXISTS (
           SELECT 1 FROM supplier_event o WHERE o.seq = e.target_seq AND o.voided_by_seq = e.seq)
      THEN 'void'
    WHEN e.expired_by_seq IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM supplier_event o WHERE o.seq = e.expired_by_seq AND o.kind = 'expiry' AND o.target_seq = e.seq)
      THEN 'expiry'
    WHEN e.kind = 'expiry' AND NOT EXISTS (
           SELECT 1 FROM supplier_event o
            WHERE o.seq = e.target_seq AND o.supplier_id = e.supplier_id AND o.item_id = e.item_id
              AND o.updated_at_us < e.updated_at_us)
      THEN 'expiry'
    WHEN e.decision = 'rejected' THEN
      CASE WHEN e.rule IN ('malformed_sku', 'clock_drift') AND e.failure_mode IS NOT DISTINCT FROM e.rule
            AND (e.rule <> 'clock_drift' OR drifts_by(e, j.clock_tolerance_seconds) IS DISTINCT FROM false)
           THEN NULL ELSE 'rejection' END
    -- Outside ASCII, what is upper case is not for every database to say.
    WHEN e.kind NOT IN ('void', 'expiry') AND e.item_id IS NOT NULL AND e.sku !~ '[^\x01-\x7f]'
         AND e.item_id <> e.tenant_id || ':' || sku_key(e.sku)
      THEN 'other_sku'
    WHEN e.decision IN ('won', 'superseded') AND drifts_by(e, j.clock_tolerance_seconds) THEN 'not_by_rule'
    WHEN e.decision IN ('won', 'superseded') AND NOT fits_rule(j.sku_pattern, sku_key(e.sku)) THEN 'sku_not_by_rule'
    WHEN e.decision = 'superseded' AND (
           coalesce(r.seq, a.seq) IS NULL OR coalesce(r.item_id, a.item_id) IS DISTINCT FROM e.item_id
           OR e.stock_rule_id IS NOT NULL
              AND (coalesce(r.supplier_id, a.supplier_id), coalesce(r.location, a.location))
                  IS DISTINCT FROM (e.supplier_id, e.location)
           OR is_winning_rule(e.rule) IS DISTINCT FROM false
           OR e.rule <> contest_rule(e.updated_at_us, e.quantity, e.supplier_id, e.event_id,
                                     coalesce(r.updated_at_us, a.updated_at_us), coalesce(r.quantity, a.quantity),
                                     coalesce(r.supplier_id, a.supplier_id), coalesce(r.event_id, a.event_id))
           OR coalesce(r.decision_no, a.decision_no) IS NULL OR coalesce(r.decision_no, a.decision_no) > e.decision_no
           OR EXISTS (SELECT 1 FROM supplier_event n
                       WHERE n.beat_seq = e.lost_to_seq AND n.decision_no < e.decision_no AND n.voided_by_seq IS NULL
                         AND (e.stock_rule_id IS NULL OR n.supplier_id = e.supplier_id AND n.location = e.location)))
      THEN 'lost_to'
    WHEN e.decision = 'won' AND (
           (e.beat_seq IS NOT NULL AND coalesce(r.item_id, a.item_id) IS DISTINCT FROM e.item_id)
           OR e.stock_rule_id IS NOT NULL AND e.beat_seq IS NOT NULL
              AND (coalesce(r.supplier_id, a.supplier_id), coalesce(r.location, a.location))
                  IS DISTINCT FROM (e.supplier_id, e.location)
           OR is_winning_rule(e.rule) IS DISTINCT FROM true
           OR e.rule <> contest_rule(e.updated_at_us, e.quantity, e.supplier_id, e.event_id,
                                     coalesce(r.updated_at_us, a.updated_at_us), coalesce(r.quantity, a.quantity),
                                     coalesce(r.supplier_id, a.supplier_id), coalesce(r.event_id, a.event_id)))
      THEN 'beat'
    -- An event that was voided before it was decided may belong to an item that never came to be.
    WHEN p_item_gap <> 'no_item' OR (p_item_gap = 'no_item' AND e.decision IN ('won', 'superseded')) THEN p_item_gap
    WHEN e.decision = 'won' AND (
           v.version IS NULL
           OR e.stock_rule_id IS NULL
              AND (v.quantity, v.updated_at_us) IS DISTINCT FROM (greatest(0, e.quantity), e.updated_at_us))
      THEN 'no_version'
    -- Each version by itself: the shares that it was made with, by the rule of then.
    WHEN v.shares IS NOT NULL
         AND v.quantity IS DISTINCT FROM (SELECT x.quantity FROM weigh_stock(v.stock_rule_id, v.shares) x)
      THEN 'shares'
    WHEN (e.decision = 'won' OR e.kind = 'expiry') AND v.publication <> 'overtaken'
         AND NOT EXISTS (SELECT 1 FROM publish_attempt t WHERE t.item_id = v.item_id AND t.version = v.version)
         AND (v.publication NOT IN ('due', 'withheld')
              OR (SELECT event_flows(m.tenant_id, m.supplier_id) FROM supplier_event m WHERE m.seq = v.event_seq))
      THEN 'unpublished'
    END
    FROM supplier_event e
    LEFT JOIN supplier_event r ON r.seq = coalesce(e.lost_to_seq, e.beat_seq)
    LEFT JOIN judging_rule j ON j.id = e.judged_by
    LEFT JOIN archived_rival a ON a.seq = coalesce(e.lost_to_seq, e.beat_seq)
    LEFT JOIN catalog_item_version v ON v.item_id = e.item_id AND v.version = e.version
   WHERE e.seq = p_seq
$$;
