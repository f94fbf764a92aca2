-- Of each supplier and location the greatest event that takes part in an item's contest: what they say of the item now.
-- Reads one row of the index supplier_event_standing for each, however many events there are.
CREATE OR REPLACE FUNCTION standing_events(p_item_id text)
 RETURNS SETOF supplier_event
 LANGUAGE sql
 STABLE
AS $$
  WITH RECURSIVE standing AS (
    (SELECT e AS event FROM supplier_event e
      WHERE e.item_id = p_item_id AND e.decision IN ('won', 'superseded') AND e.voided_by_seq IS NULL
      ORDER BY e.supplier_id, e.location, e.updated_at_us DESC, e.quantity, e.event_id DESC
      LIMIT 1)
    UNION ALL
    SELECT n.event
      FROM standing s
     CROSS JOIN LATERAL (
       SELECT e AS event FROM supplier_event e
        WHERE e.item_id = p_item_id AND e.decision IN ('won', 'superseded') AND e.voided_by_seq IS NULL
          AND (e.supplier_id, e.location) > ((s.event).supplier_id, (s.event).location)
        ORDER BY e.supplier_id, e.location, e.updated_at_us DESC, e.quantity, e.event_id DESC
        LIMIT 1) n
  )
  SELECT (s.event).* FROM standing s
$$;
