-- Writes down that a tenant's storefront is to be swept; the starters of the workers see to the rest. Answers the
-- sweep's id: that of the one that runs, where one runs that does the same.
CREATE OR REPLACE FUNCTION request_sweep(p_tenant text, p_repair boolean, p_requested_by text,
                                         p_rate integer DEFAULT 50, p_origin jsonb DEFAULT NULL::jsonb)
 RETURNS text
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_id text;
BEGIN
  LOOP
    INSERT INTO sweep (id, tenant_id, repair, requested_by, rate_per_second, created_at_us, start_due_us)
    VALUES (to_char(to_timestamp(v_now / 1e6) AT TIME ZONE 'UTC', 'YYYY-MM-DD') || '-' || left(gen_random_uuid()::text, 8),
            p_tenant, p_repair, p_requested_by, p_rate, v_now, v_now)
    ON CONFLICT (tenant_id, repair) WHERE state = 'running' DO NOTHING
    RETURNING id INTO v_id;
    EXIT WHEN v_id IS NOT NULL;
    SELECT x.id INTO v_id FROM sweep x WHERE x.tenant_id = p_tenant AND x.repair = p_repair AND x.state = 'running';
    IF v_id IS NOT NULL THEN
      RETURN v_id;
    END IF;
  END LOOP;
  INSERT INTO audit_entry (tenant_id, actor, action, subject, after,
                           principal_kind, principal_name, token_id, request_id, address)
  VALUES (p_tenant, p_requested_by, 'sweep.start', 'sweep/' || v_id,
          jsonb_build_object('repair', CASE WHEN p_repair THEN 'yes' ELSE 'no' END),
          coalesce(p_origin #>> '{principal,kind}', 'process'),
          coalesce(p_origin #>> '{principal,name}', p_requested_by),
          p_origin ->> 'tokenId', p_origin ->> 'requestId', p_origin ->> 'address');
  PERFORM pg_notify('supplier_event', '');
  RETURN v_id;
END $$;
