-- Notes which of some due events would stand, as far as the ledger knows: those that are newer than all others of their item,
-- and than what stands. Under the rule `newest` they meet all of the item's events at their location, else those of their
-- supplier. They go first (take_freshest), in the order in which their items came to have something due; all others have
-- their turn by age. What came by a file is ranked apart: it does not stand in the way of live events. Only the order hangs
-- on it, and nothing of who wins.
-- What waits comes and goes by thousands: a plan that was made while nothing did would read all of it, each time.
CREATE OR REPLACE FUNCTION rank_events(p_seqs bigint[])
 RETURNS void
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $$
BEGIN
  INSERT INTO freshest_event AS f (tenant_id, sku_key, supplier_id, location, behind, place, seq, updated_at_us, quantity,
                                   sent_by, event_id)
  SELECT DISTINCT ON (e.tenant_id COLLATE "C", e.sku_key COLLATE "C", e.against COLLATE "C", e.location COLLATE "C", e.behind)
         e.tenant_id, e.sku_key, e.against, e.location, e.behind, e.seq, e.seq, e.updated_at_us, e.quantity, e.supplier_id,
         e.event_id
    FROM (SELECT x.*, sku_key(x.sku) AS sku_key, CASE WHEN t.stock_rule_id = 0 THEN '' ELSE x.supplier_id END AS against,
                 x.start_due_us >= behind_live_us() AS behind
            -- By their numbers: where few events were undecided at the last ANALYZE, the planner would rather read all that
            -- are.
            FROM (SELECT y.* FROM supplier_event y WHERE y.seq = ANY (p_seqs) OFFSET 0) x
            JOIN tenant t ON t.id = x.tenant_id
           WHERE x.start_due_us IS NOT NULL AND x.decision IS NULL
             -- What closed flags hold stands nowhere.
             AND t.state <> 'closed'
             AND (SELECT s.state FROM supplier s WHERE s.tenant_id = x.tenant_id AND s.id = x.supplier_id) = 'open') e
   -- Looked up item by item, never joined: a join whose plan is of an empty ledger reads all of it for each event.
   WHERE CASE WHEN e.against = '' AND e.location = ''
              THEN NOT EXISTS (SELECT 1 FROM catalog_item i
                                WHERE i.item_id = e.tenant_id || ':' || e.sku_key
                                  AND (i.updated_at_us, -i.quantity) > (e.updated_at_us, -greatest(0, e.quantity)))
              ELSE NOT EXISTS (SELECT 1 FROM supplier_event w
                                WHERE w.item_id = e.tenant_id || ':' || e.sku_key
                                  AND w.supplier_id = e.supplier_id AND w.location = e.location
                                  AND w.updated_at_us > e.updated_at_us
                                  AND w.decision IN ('won', 'superseded') AND w.voided_by_seq IS NULL)
         END
   ORDER BY e.tenant_id COLLATE "C", e.sku_key COLLATE "C", e.against COLLATE "C", e.location COLLATE "C",
            e.behind, e.updated_at_us DESC, e.quantity, e.supplier_id COLLATE "C" DESC, e.event_id COLLATE "C" DESC
  ON CONFLICT (tenant_id, sku_key, supplier_id, location, behind) DO UPDATE
     SET seq = excluded.seq, updated_at_us = excluded.updated_at_us, quantity = excluded.quantity,
         sent_by = excluded.sent_by, event_id = excluded.event_id
   WHERE (excluded.updated_at_us, -excluded.quantity::bigint, excluded.sent_by COLLATE "C", excluded.event_id COLLATE "C")
       > (f.updated_at_us, -f.quantity::bigint, f.sent_by COLLATE "C", f.event_id COLLATE "C");
END $$;
