-- The same as true_winner, for whoever has found that an item is not plain: see weighed_event_counts for why by itself.
CREATE OR REPLACE FUNCTION weighed_winner(p_item_id text)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
AS $$
DECLARE
  -- By itself: item_stock would ask for it several times.
  v_rule_id CONSTANT integer := item_rule(p_item_id);
BEGIN
  RETURN (SELECT s.lead_seq FROM item_stock(p_item_id, v_rule_id) s);
END $$;
