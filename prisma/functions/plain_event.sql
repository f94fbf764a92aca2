-- Whose figure a plain item has: its greatest event. No row for an item whose shares are weighed, or without events.
-- It stands in for two of its callers' looks, which would cost as much again: see is_plain.
CREATE OR REPLACE FUNCTION plain_event(p_item_id text, p_rule_id integer)
 RETURNS SETOF supplier_event
 LANGUAGE sql
 STABLE
AS $$
  SELECT e.* FROM supplier_event e
   WHERE p_rule_id = 0 AND NOT EXISTS (
           SELECT 1 FROM supplier_event x
            WHERE x.item_id = p_item_id AND (x.location <> '' OR x.expired_by_seq IS NOT NULL)
              AND x.decision IN ('won', 'superseded') AND x.voided_by_seq IS NULL)
     AND e.item_id = p_item_id AND e.decision IN ('won', 'superseded') AND e.voided_by_seq IS NULL
   ORDER BY e.updated_at_us DESC, e.quantity, e.supplier_id DESC, e.event_id DESC
   LIMIT 1
$$;
