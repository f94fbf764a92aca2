-- Whether a replay decides an event: it is undecided, or was rejected before; and it is neither a void nor voided.
CREATE OR REPLACE FUNCTION is_open(e supplier_event)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT e.kind <> 'void' AND e.voided_by_seq IS NULL AND coalesce(e.decision, 'rejected') = 'rejected'
$$;
