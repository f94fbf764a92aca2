-- Which of some events may leave the ledger: suppliers' own, received before a moment, decided, and needed by nothing
-- that stays. What stays of an item, however old:
-- its winner and whom that beat, the runner-up, and each supplier's greatest event, so that a void or another rule finds
-- a successor; what a person did, voided, or has to explain; what makes its newest version and the last that the
-- storefront took; what made a version that another event took over, or told the storefront of another's version; and
-- what a replay has written down, or may.
CREATE OR REPLACE FUNCTION prunable_events(p_seqs bigint[], p_before_us bigint)
 RETURNS SETOF bigint
 LANGUAGE sql
 STABLE
AS $$
  WITH old AS MATERIALIZED (
    SELECT e.seq, e.tenant_id, e.supplier_id, e.item_id, e.decision, e.updated_at_us, e.received_at_us
      FROM supplier_event e
     WHERE e.seq = ANY (p_seqs) AND e.received_at_us < p_before_us
       AND e.kind = 'update' AND e.decision IN ('won', 'superseded', 'rejected') AND e.voided_by_seq IS NULL
       AND e.start_due_us IS NULL AND e.held_at_us IS NULL
  ), item AS MATERIALIZED (
    SELECT x.item_id,
           array_remove(ARRAY(
             SELECT i.winner_seq
             UNION ALL
             SELECT coalesce(w.lost_to_seq, w.beat_seq) FROM supplier_event w WHERE w.seq = i.winner_seq
             UNION ALL
             SELECT two.seq FROM (SELECT s.seq FROM standing_events(x.item_id) s LIMIT 2) two
             UNION ALL
             SELECT coalesce(one.lost_to_seq, one.beat_seq)
               FROM (SELECT s.lost_to_seq, s.beat_seq FROM standing_events(x.item_id) s LIMIT 1) one), NULL) AS kept,
           ARRAY[i.version,
                 (SELECT max(v.version) FROM catalog_item_version v WHERE v.item_id = x.item_id),
                 (SELECT v.version FROM catalog_item_version v
                   WHERE v.item_id = x.item_id AND v.publication = 'accepted'
                   ORDER BY v.version DESC LIMIT 1)] AS versions
      FROM (SELECT DISTINCT o.item_id FROM old o WHERE o.item_id IS NOT NULL) x
      LEFT JOIN catalog_item i ON i.item_id = x.item_id
  ), greatest_of AS MATERIALIZED (
    SELECT p.item_id, p.supplier_id,
           (SELECT s.seq FROM standing_events(p.item_id) s WHERE s.supplier_id = p.supplier_id LIMIT 1) AS seq
      FROM (SELECT DISTINCT o.item_id, o.supplier_id FROM old o WHERE o.decision <> 'rejected') p
  )
  SELECT o.seq
    FROM old o
    LEFT JOIN item i ON i.item_id = o.item_id
    LEFT JOIN greatest_of g ON g.item_id = o.item_id AND g.supplier_id = o.supplier_id
   WHERE (o.decision = 'rejected' OR (o.seq <> ALL (i.kept) AND o.seq <> g.seq))
     AND NOT EXISTS (SELECT 1 FROM supplier_event x WHERE x.target_seq = o.seq)
     AND NOT EXISTS (SELECT 1 FROM trace_review x WHERE x.event_seq = o.seq)
     AND NOT EXISTS (SELECT 1 FROM replay_event x WHERE x.seq = o.seq)
     AND NOT EXISTS (
       SELECT 1 FROM replay x
        WHERE x.tenant_id = o.tenant_id AND x.state = 'running'
          AND CASE x.by WHEN 'received_at' THEN o.received_at_us ELSE o.updated_at_us END >= x.since_us
          AND CASE x.by WHEN 'received_at' THEN o.received_at_us ELSE o.updated_at_us END < x.until_us)
     AND NOT EXISTS (
       SELECT 1 FROM publish_attempt a
         JOIN catalog_item_version v ON v.item_id = a.item_id AND v.version = a.version
        WHERE a.event_seq = o.seq AND (a.status = 'sending' OR v.event_seq <> o.seq))
     AND NOT EXISTS (
       SELECT 1 FROM catalog_item_version v
        WHERE v.event_seq = o.seq
          AND (v.version = ANY (i.versions) OR v.publication IN ('due', 'withheld')
               OR EXISTS (SELECT 1 FROM publish_attempt a
                           WHERE a.item_id = v.item_id AND a.version = v.version AND a.status = 'sending')
               -- An event takes a version over that says what it says; one that was voided since still names it.
               OR EXISTS (SELECT 1 FROM supplier_event x
                           WHERE x.item_id = v.item_id AND x.decision IN ('won', 'superseded') AND x.voided_by_seq IS NULL
                             AND x.updated_at_us = v.updated_at_us AND x.quantity = v.quantity
                             AND x.version = v.version AND x.seq <> o.seq)
               OR EXISTS (SELECT 1 FROM supplier_event d JOIN supplier_event x ON x.seq = d.target_seq
                           WHERE d.item_id = v.item_id AND d.kind = 'void'
                             AND x.version = v.version AND x.seq <> o.seq)))
$$;
