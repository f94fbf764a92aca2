-- The same as true_winner, for whoever has found that an item is not plain: see weighed_event_counts for why by itself.
CREATE OR REPLACE FUNCTION weighed_winner(p_item_id text)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
AS $$
BEGIN
  RETURN (SELECT s.lead_seq FROM item_stock(p_item_id, item_rule(p_item_id)) s);
END $$;
