-- What a supplier says of an item now: of each location the greatest of its events that take part in the contest. Reads
-- one row of the index supplier_event_standing for each.
CREATE OR REPLACE FUNCTION supplier_standing(p_item_id text, p_supplier text)
 RETURNS SETOF supplier_event
 LANGUAGE sql
 STABLE
AS $$
  WITH RECURSIVE standing AS (
    (SELECT e AS event FROM supplier_event e
      WHERE e.item_id = p_item_id AND e.supplier_id = p_supplier AND e.decision IN ('won', 'superseded')
        AND e.voided_by_seq IS NULL
      ORDER BY e.location, e.updated_at_us DESC, e.quantity, e.event_id DESC
      LIMIT 1)
    UNION ALL
    SELECT n.event
      FROM standing s
     CROSS JOIN LATERAL (
       SELECT e AS event FROM supplier_event e
        WHERE e.item_id = p_item_id AND e.supplier_id = p_supplier AND e.decision IN ('won', 'superseded')
          AND e.voided_by_seq IS NULL AND e.location > (s.event).location
        ORDER BY e.location, e.updated_at_us DESC, e.quantity, e.event_id DESC
        LIMIT 1) n
  )
  SELECT (s.event).* FROM standing s
$$;
