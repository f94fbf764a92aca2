-- The event that an item's row names by the ledger, whatever the row says: the greatest that counts. Null without one.
CREATE OR REPLACE FUNCTION true_winner(p_item_id text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $$
  SELECT s.lead_seq FROM item_stock(p_item_id, item_rule(p_item_id)) s
$$;
