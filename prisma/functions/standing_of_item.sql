-- An item's standing events as weigh_stock takes them; with p_with as if that event stood in its place already.
CREATE OR REPLACE FUNCTION standing_of_item(p_item_id text, p_with bigint DEFAULT NULL::bigint)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
           'seq', s.seq, 'supplier', s.supplier_id, 'location', s.location, 'eventId', s.event_id,
           'quantity', s.quantity, 'updatedAtUs', s.updated_at_us, 'expired', s.expired_by_seq IS NOT NULL)), '[]')
    FROM (SELECT x.* FROM standing_events(p_item_id) x
           WHERE NOT EXISTS (SELECT 1 FROM supplier_event w
                              WHERE w.seq = p_with AND w.supplier_id = x.supplier_id AND w.location = x.location)
           UNION ALL
          SELECT w.* FROM supplier_event w WHERE w.seq = p_with) s
$$;
