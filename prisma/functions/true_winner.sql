-- The greatest of an item's decided events that are not voided, whatever the catalog row says; null without one.
CREATE OR REPLACE FUNCTION true_winner(p_item_id text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $$
  SELECT e.seq FROM supplier_event e
   WHERE e.item_id = p_item_id AND e.decision IN ('won', 'superseded') AND e.voided_by_seq IS NULL
   ORDER BY e.updated_at_us DESC, e.quantity, e.supplier_id DESC, e.event_id DESC
   LIMIT 1
$$;
