-- Whether an event waits for an alias of its code. What closed flags hold has an item, or goes on its way to it.
CREATE OR REPLACE FUNCTION is_unknown(e supplier_event)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT e.held_at_us IS NOT NULL AND e.item_id IS NULL AND e.start_due_us IS NULL AND e.decision IS NULL
$$;
