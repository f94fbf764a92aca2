-- What an event is now: see outcome_with_flags, which whoever counts many events calls with flags that it read once.
CREATE OR REPLACE FUNCTION event_outcome(e supplier_event)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $$
  SELECT outcome_with_flags(e, event_flows(e.tenant_id, e.supplier_id))
$$;
