-- Begins the erasure of a closed tenant, unless it has begun, and writes down who wants it and why, in one: no row goes
-- by erase_tenant_rows before. A prune of the tenant that is under way ends: two that write archives and tombstones of
-- the same events would contradict each other.
CREATE OR REPLACE FUNCTION begin_erasure(p_tenant text, p_actor text, p_reason text, p_origin jsonb DEFAULT NULL::jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_state text;
  v_prune integer;
BEGIN
  PERFORM pg_advisory_xact_lock(tenant_lock(p_tenant));
  IF EXISTS (SELECT 1 FROM tenant_erasure x WHERE x.tenant_id = p_tenant) THEN
    RETURN;
  END IF;
  SELECT t.state INTO v_state FROM tenant t WHERE t.id = p_tenant;
  IF v_state IS DISTINCT FROM 'closed' THEN
    RAISE EXCEPTION 'tenant % is %, not closed', p_tenant, coalesce(v_state, 'unknown')
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  UPDATE prune_run r SET state = 'stopped', finished_at_us = now_us()
   WHERE r.tenant_id = p_tenant AND r.state = 'running';
  INSERT INTO prune_run (tenant_id, actor, cutoff_us) VALUES (p_tenant, p_actor, now_us()) RETURNING id INTO v_prune;
  INSERT INTO tenant_erasure (tenant_id, actor, reason, prune_id) VALUES (p_tenant, p_actor, p_reason, v_prune);
  INSERT INTO audit_entry (tenant_id, actor, action, subject, reason, before,
                           principal_kind, principal_name, token_id, request_id, address)
  VALUES (p_tenant, p_actor, 'tenant.erase', 'tenant/' || p_tenant, p_reason, jsonb_build_object('state', v_state),
          coalesce(p_origin #>> '{principal,kind}', 'process'), coalesce(p_origin #>> '{principal,name}', p_actor),
          p_origin ->> 'tokenId', p_origin ->> 'requestId', p_origin ->> 'address');
END $$;
