-- Makes sure that nothing which went out before is told a second time with another content: from now on versions are
-- above every one that the ledger can have given out, and sequence numbers are, too, so that a workflow of a lost event
-- finds nothing, and never another event in its place. What was lost is unknown, so the floor goes by the clock: a second for
-- each version. Then every tenant's storefront is swept, and what it shows otherwise is published anew.
-- Answers the new floor of versions.
CREATE OR REPLACE FUNCTION begin_generation(p_actor text, p_reason text, p_origin jsonb DEFAULT NULL::jsonb)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_now bigint := now_us();
  v_spare constant integer := 1000;
  v_floor integer;
  v_base bigint;
  h ledger_home%ROWTYPE;
BEGIN
  SELECT * INTO STRICT h FROM ledger_home FOR UPDATE;
  -- 2026-01-01T00:00:00Z, so that the clock's seconds last for 60 years.
  v_floor := least(highest_version(), greatest(h.version_floor + v_spare, v_now / 1000000 - 1767225600));
  PERFORM setval('supplier_event_seq_seq', greatest(nextval('supplier_event_seq_seq') + 1000 * v_spare, v_now / 1000));
  PERFORM setval('publish_attempt_id_seq', greatest(nextval('publish_attempt_id_seq') + 1000 * v_spare, v_now / 1000));
  -- Above every change that there is: another cluster may number its transactions from further below.
  v_base := greatest(h.change_base, 1 - pg_current_xact_id()::text::bigint + coalesce(
    (SELECT max(n.change_no) FROM tenant t
      CROSS JOIN LATERAL (SELECT v.change_no FROM catalog_item_version v
                           WHERE split_part(v.item_id, ':', 1) = t.id
                           ORDER BY split_part(v.item_id, ':', 1) DESC, v.change_no DESC LIMIT 1) n), 0));
  UPDATE ledger_home
     SET place = ledger_place(), generation = h.generation + 1, version_floor = v_floor, began_at_us = v_now,
         change_base = v_base;
  INSERT INTO audit_entry (actor, action, subject, reason, before, after,
                           principal_kind, principal_name, token_id, request_id, address)
  VALUES (p_actor, 'ledger.restored', 'ledger/generation-' || h.generation + 1, p_reason,
          jsonb_build_object('versionFloor', h.version_floor), jsonb_build_object('versionFloor', v_floor),
          coalesce(p_origin #>> '{principal,kind}', 'process'), coalesce(p_origin #>> '{principal,name}', p_actor),
          p_origin ->> 'tokenId', p_origin ->> 'requestId', p_origin ->> 'address');
  -- One that runs has asked for some items already.
  PERFORM end_sweep(s.id, 'cancelled', 'a new generation of the ledger has begun') FROM sweep s WHERE s.state = 'running';
  PERFORM request_sweep(t.id, true, p_actor, p_origin => p_origin) FROM tenant t;
  RETURN v_floor;
END $$;
