-- Records a void, and takes the event out of the contest that it names: see apply_void, whose verdict it answers. p_event:
-- the void's own, as record_supplier_events takes it, with the SKU of the item. Where the verdict is not `voided` the void
-- is not to stay: roll the transaction back.
CREATE OR REPLACE FUNCTION void_event(p_tenant text, p_supplier text, p_event_id text, p_event jsonb, p_reason text,
                                      p_actor text)
 RETURNS TABLE(verdict text, version integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_target bigint;
  v_item text;
  v_void bigint;
BEGIN
  PERFORM own_tenant_only(p_tenant);
  SELECT e.seq, e.item_id INTO STRICT v_target, v_item FROM supplier_event e
   WHERE e.tenant_id = p_tenant AND e.supplier_id = p_supplier AND e.event_id = p_event_id;
  IF v_item <> p_tenant || ':' || (p_event ->> 'sku') THEN
    RAISE EXCEPTION 'event % of % is of %, not of %:%', p_event_id, p_supplier, v_item, p_tenant, p_event ->> 'sku'
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give the void the SKU of the item that its event was decided for.';
  END IF;
  v_void := record_manual_event(p_tenant, p_event);
  RETURN QUERY
  SELECT a.verdict, a.version
    FROM apply_void(v_void, v_target, p_tenant || ':' || (p_event ->> 'sku'), p_reason, p_actor) a;
END $$;
