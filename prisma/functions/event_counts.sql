-- Whether what an item shows is, in part at least, what an event says.
CREATE OR REPLACE FUNCTION event_counts(p_item_id text, p_seq bigint)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $$
  SELECT coalesce((SELECT e.seq = p_seq FROM plain_event(p_item_id, t.stock_rule_id) e WHERE t.stock_rule_before IS NULL),
                  weighed_event_counts(p_item_id, p_seq))
    FROM tenant t WHERE t.id = split_part(p_item_id, ':', 1)
$$;
