-- Whether an event says that it was made further ahead of its receipt than a rule tolerates; null without a rule.
CREATE OR REPLACE FUNCTION drifts_by(e supplier_event, p_tolerance_seconds integer)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT e.updated_at_us - e.received_at_us > p_tolerance_seconds * 1000000::bigint
$$;
