-- Writes down that a file of a feed is to be run: one that is received in parts (upload), or one that a worker fetches.
-- Answers the run's id; null: another run of the feed is under way. A schedule's runs are too many for the audit list.
CREATE OR REPLACE FUNCTION request_feed_run(p_tenant text, p_feed text, p_trigger text, p_requested_by text,
                                            p_origin jsonb DEFAULT NULL::jsonb)
 RETURNS text
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_id text;
BEGIN
  INSERT INTO feed_run (id, tenant_id, feed_id, feed_version, trigger, requested_by, state, created_at_us, start_due_us)
  SELECT to_char(to_timestamp(v_now / 1e6) AT TIME ZONE 'UTC', 'YYYY-MM-DD') || '-' || left(gen_random_uuid()::text, 8),
         f.tenant_id, f.id, f.version, p_trigger, p_requested_by,
         CASE p_trigger WHEN 'upload' THEN 'receiving' ELSE 'fetching' END, v_now,
         -- Of what nothing more comes, a worker makes an end.
         v_now + CASE p_trigger WHEN 'upload' THEN 600000000 ELSE 0 END
    FROM feed f WHERE f.tenant_id = p_tenant AND f.id = p_feed
  ON CONFLICT (tenant_id, feed_id) WHERE state IN ('receiving', 'fetching', 'reading', 'recording', 'zeroing') DO NOTHING
  RETURNING id INTO v_id;
  IF v_id IS NULL THEN
    RETURN NULL;
  END IF;
  IF p_trigger <> 'schedule' THEN
    INSERT INTO audit_entry (tenant_id, actor, principal_kind, principal_name, token_id, request_id, address, action,
                             subject, after)
    VALUES (p_tenant, p_requested_by, coalesce(p_origin #>> '{principal,kind}', 'process'),
            coalesce(p_origin #>> '{principal,name}', p_requested_by), p_origin ->> 'tokenId',
            p_origin ->> 'requestId', p_origin ->> 'address', 'feed.run', 'feed-run/' || v_id,
            jsonb_build_object('feed', p_feed));
  END IF;
  PERFORM pg_notify('supplier_event', '');
  RETURN v_id;
END $$;
