-- The event that an item's row names by the ledger, whatever the row says: the greatest that counts. Null without one.
CREATE OR REPLACE FUNCTION true_winner(p_item_id text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $$
  SELECT coalesce((SELECT e.seq FROM plain_event(p_item_id, t.stock_rule_id) e WHERE t.stock_rule_before IS NULL),
                  weighed_winner(p_item_id))
    FROM tenant t WHERE t.id = split_part(p_item_id, ':', 1)
$$;
