-- Records a correction: an event of the supplier `manual`, with who and why, which then goes the way of all events.
CREATE OR REPLACE FUNCTION record_correction(p_tenant text, p_event jsonb, p_reason text, p_actor text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_seq bigint;
BEGIN
  PERFORM own_tenant_only(p_tenant);
  v_seq := record_manual_event(p_tenant, p_event);
  UPDATE supplier_event e SET kind = 'correction', reason = p_reason, actor = p_actor WHERE e.seq = v_seq;
  PERFORM rank_events(ARRAY[v_seq]);
END $$;
