-- Whether an event's item is settled, so that no rule of its supplier is asked any more: it was decided, or voided,
-- or is the end of a figure that was.
CREATE OR REPLACE FUNCTION is_judged(e supplier_event)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT e.item_id IS NOT NULL AND (e.decision IN ('won', 'superseded', 'applied') OR e.voided_by_seq IS NOT NULL
                                   OR e.kind = 'expiry')
$$;
