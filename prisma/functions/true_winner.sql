-- The greatest of an item's decided events that are not voided, whatever the catalog row says; null without one.
CREATE OR REPLACE FUNCTION true_winner(p_item_id text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $$
  SELECT e.seq FROM standing_events(p_item_id) e LIMIT 1
$$;
