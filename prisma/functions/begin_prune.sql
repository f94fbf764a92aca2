-- Writes down that a prune of a tenant begins, and who began it, in one: prune_events works for such a run alone. Nothing
-- younger than the least age may go, whoever asks, and nothing of a tenant that is being erased.
CREATE OR REPLACE FUNCTION begin_prune(p_tenant text, p_cutoff_us bigint, p_actor text, p_archive text,
                                       p_origin jsonb DEFAULT NULL::jsonb)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_id integer;
BEGIN
  IF p_cutoff_us > now_us() - least_age_us() THEN
    RAISE EXCEPTION 'what is younger than % s is not pruned', least_age_us() / 1000000
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  IF EXISTS (SELECT 1 FROM tenant_erasure x WHERE x.tenant_id = p_tenant) THEN
    RAISE EXCEPTION 'tenant % is being erased, or was', p_tenant USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  INSERT INTO prune_run (tenant_id, actor, cutoff_us, archive) VALUES (p_tenant, p_actor, p_cutoff_us, p_archive)
  RETURNING id INTO v_id;
  INSERT INTO audit_entry (tenant_id, actor, action, subject, after,
                           principal_kind, principal_name, token_id, request_id, address)
  VALUES (p_tenant, p_actor, 'prune.run', 'prune/' || v_id,
          jsonb_build_object('cutoff', to_char('epoch'::timestamp + p_cutoff_us * interval '1 microsecond',
                                               'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                             'archive', p_archive),
          coalesce(p_origin #>> '{principal,kind}', 'process'), coalesce(p_origin #>> '{principal,name}', p_actor),
          p_origin ->> 'tokenId', p_origin ->> 'requestId', p_origin ->> 'address');
  RETURN v_id;
END $$;
