-- The events that take part in an item's contest, the greatest first. The order is that of contest_rule; the index
-- supplier_event_contest is made for it.
CREATE OR REPLACE FUNCTION contending_events(p_item_id text)
 RETURNS SETOF supplier_event
 LANGUAGE sql
 STABLE
AS $$
  SELECT e.* FROM supplier_event e
   WHERE e.item_id = p_item_id AND e.decision IN ('won', 'superseded') AND e.voided_by_seq IS NULL
   ORDER BY e.updated_at_us DESC, e.quantity, e.supplier_id DESC, e.event_id DESC
$$;
