-- Which of some events may leave the ledger: suppliers' own, received before a moment, decided, and needed by nothing
-- that stays. What stays of an item, however old:
-- its winner and whom that beat, the runner-up, and each supplier's greatest event of a location (two of them where shares
-- are weighed), so that a void or another rule finds a successor; what a person did, voided, or has to explain; what makes its newest version and the last that the
-- storefront took; what made a version that another event took over, or told the storefront of another's version; and
-- what a replay has written down, or may.
CREATE OR REPLACE FUNCTION prunable_events(p_seqs bigint[], p_before_us bigint)
 RETURNS SETOF bigint
 LANGUAGE sql
 STABLE
AS $$
  WITH old AS MATERIALIZED (
    SELECT e.seq, e.item_id, e.supplier_id, e.location, e.decision
      FROM supplier_event e
     WHERE e.seq = ANY (p_seqs) AND e.received_at_us < p_before_us
       AND e.kind = 'update' AND e.decision IN ('won', 'superseded', 'rejected') AND e.voided_by_seq IS NULL
       AND e.start_due_us IS NULL AND e.held_at_us IS NULL
       AND NOT EXISTS (
         SELECT 1 FROM replay x
          WHERE x.tenant_id = e.tenant_id AND x.state = 'running'
            AND CASE x.by WHEN 'received_at' THEN e.received_at_us ELSE e.updated_at_us END >= x.since_us
            AND CASE x.by WHEN 'received_at' THEN e.received_at_us ELSE e.updated_at_us END < x.until_us)
  ), contest AS MATERIALIZED (
    -- Asked once for a supplier's events of an item, which its row carries along: no join has to find them again.
    SELECT x.seqs,
           array_remove(ARRAY(
             SELECT i.winner_seq
             UNION ALL
             SELECT coalesce(w.lost_to_seq, w.beat_seq) FROM supplier_event w WHERE w.seq = i.winner_seq
             UNION ALL
             SELECT two.seq FROM (SELECT s.seq FROM contending_events(x.item_id) s LIMIT 2) two
             UNION ALL
             SELECT coalesce(one.lost_to_seq, one.beat_seq)
               FROM (SELECT s.lost_to_seq, s.beat_seq FROM contending_events(x.item_id) s LIMIT 1) one
             UNION ALL
             SELECT own.seq
               FROM (SELECT s.seq FROM supplier_event s
                      WHERE s.item_id = x.item_id AND s.supplier_id = x.supplier_id AND s.location = x.location
                        AND s.decision IN ('won', 'superseded') AND s.voided_by_seq IS NULL
                      ORDER BY s.updated_at_us DESC, s.quantity, s.event_id DESC
                      LIMIT CASE WHEN is_plain(x.item_id, x.stock_rule_id) THEN 1 ELSE 2 END) own),
             NULL) AS kept,
           ARRAY[i.version,
                 (SELECT max(v.version) FROM catalog_item_version v WHERE v.item_id = x.item_id),
                 (SELECT v.version FROM catalog_item_version v
                   WHERE v.item_id = x.item_id AND v.publication = 'accepted'
                   ORDER BY v.version DESC LIMIT 1)] AS versions
      FROM (SELECT o.item_id, o.supplier_id, o.location, min(t.stock_rule_id) AS stock_rule_id, array_agg(o.seq) AS seqs
              FROM old o JOIN tenant t ON t.id = split_part(o.item_id, ':', 1)
             WHERE o.decision <> 'rejected' GROUP BY o.item_id, o.supplier_id, o.location) x
      LEFT JOIN LATERAL (SELECT c.winner_seq, c.version FROM catalog_item c WHERE c.item_id = x.item_id LIMIT 1) i ON true
  ), candidate AS MATERIALIZED (
    SELECT s.seq, c.versions FROM contest c CROSS JOIN LATERAL unnest(c.seqs) AS s (seq) WHERE s.seq <> ALL (c.kept)
    UNION ALL
    SELECT o.seq, NULL FROM old o WHERE o.decision = 'rejected'
  )
  SELECT o.seq
    FROM candidate o
   WHERE NOT EXISTS (SELECT 1 FROM supplier_event x WHERE x.target_seq = o.seq)
     AND NOT EXISTS (SELECT 1 FROM trace_review x WHERE x.event_seq = o.seq)
     AND NOT EXISTS (SELECT 1 FROM replay_event x WHERE x.seq = o.seq)
     -- Counts, and no joins: for each event an index is asked, whatever the planner thinks of how many there are.
     AND 0 = (
       SELECT count(*) FROM publish_attempt a
         JOIN catalog_item_version v ON v.item_id = a.item_id AND v.version = a.version
        WHERE a.event_seq = o.seq AND (a.status = 'sending' OR v.event_seq <> o.seq))
     AND 0 = (
       SELECT count(*) FROM catalog_item_version v
        WHERE v.event_seq = o.seq
          AND (v.version = ANY (o.versions) OR v.publication IN ('due', 'withheld')
               OR EXISTS (SELECT 1 FROM publish_attempt a
                           WHERE a.item_id = v.item_id AND a.version = v.version AND a.status = 'sending')
               -- An event takes a version over that says what it says; one that was voided since still names it.
               OR EXISTS (SELECT 1 FROM supplier_event x
                           WHERE x.item_id = v.item_id AND x.decision IN ('won', 'superseded') AND x.voided_by_seq IS NULL
                             AND x.updated_at_us = v.updated_at_us AND greatest(0, x.quantity) = v.quantity
                             AND x.version = v.version AND x.seq <> o.seq)
               -- Where shares are weighed, so does one that makes no difference.
               OR EXISTS (SELECT 1 FROM supplier_event x
                           WHERE x.item_id = v.item_id AND x.version = v.version AND x.stock_rule_id IS NOT NULL
                             AND x.seq <> o.seq)
               OR EXISTS (SELECT 1 FROM supplier_event d JOIN supplier_event x ON x.seq = d.target_seq
                           WHERE d.item_id = v.item_id AND d.kind = 'void'
                             AND x.version = v.version AND x.seq <> o.seq)))
$$;
