-- Manual fixes by two functions that the server may call, too, for the console's buttons; nobody but they makes a fix of
-- an event.

-- Refuses a tenant's token another tenant. A function that runs as its owner passes row-level security by: one that the
-- role `tenant` may call asks this first.
CREATE OR REPLACE FUNCTION own_tenant_only(p_tenant text)
 RETURNS void
 LANGUAGE plpgsql
AS $$
BEGIN
  IF current_setting('role') = 'catalog_sync_tenant'
     AND p_tenant IS DISTINCT FROM current_setting('catalog_sync.tenant', true)
  THEN
    RAISE EXCEPTION 'tenant % is another one', p_tenant USING ERRCODE = 'insufficient_privilege';
  END IF;
END $$;

-- Lets events flow that waited for an alias of their code, in the order of their arrival: those that have one by now
-- and, where the tenant takes codes as they are, the others too; what came by a file behind what comes live. Call it
-- where aliases or that rule are changed, under alias_lock. Answers how many there were.
CREATE OR REPLACE FUNCTION release_known_codes(p_tenant text, p_supplier text DEFAULT NULL::text)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_now bigint := now_us();
  v_released integer;
BEGIN
  PERFORM own_tenant_only(p_tenant);
  WITH waiting AS MATERIALIZED (
    SELECT c.seq, a.sku, a.factor, a.since_us, aliased_quantity(c.quantity, a.factor) AS quantity,
           row_number() OVER (ORDER BY c.seq) AS no
      FROM event_code c
      JOIN tenant t ON t.id = c.tenant_id
      -- Looked up one by one: of aliases that have just been imported the planner knows nothing.
      LEFT JOIN LATERAL (
        SELECT x.* FROM sku_alias x
         WHERE x.tenant_id = c.tenant_id AND x.supplier_id = c.supplier_id AND x.code_key = c.code_key OFFSET 0) a ON true
     WHERE c.tenant_id = p_tenant AND (p_supplier IS NULL OR c.supplier_id = p_supplier)
       AND c.factor IS NULL AND c.waited_until_us IS NULL
       AND (aliased_quantity(c.quantity, a.factor) IS NOT NULL OR a.sku IS NULL AND t.unknown_skus = 'take')
  ), freed AS (
    -- The mark of a held event stays until it goes on, and says since when nothing holds it.
    UPDATE supplier_event e
       SET sku = coalesce(w.sku, e.sku), quantity = coalesce(w.quantity, e.quantity), held_at_us = v_now,
           start_due_us = v_now + w.no + CASE WHEN EXISTS (SELECT 1 FROM feed_event f WHERE f.seq = e.seq)
                                              THEN behind_live_us() ELSE 0 END,
           started_by = NULL
      FROM waiting w
     WHERE e.seq = w.seq AND is_unknown(e)
    RETURNING w.*
  )
  UPDATE event_code c
     SET sku = f.sku, factor = f.factor, alias_since_us = f.since_us, waited_until_us = v_now
    FROM freed f
   WHERE c.seq = f.seq;
  GET DIAGNOSTICS v_released = ROW_COUNT;
  IF v_released > 0 THEN
    PERFORM pg_notify('supplier_event', '');
  END IF;
  RETURN v_released;
END $$;

-- Makes the tenant's supplier `manual`, to which manual fixes belong, unless it is there: open, for SKUs of every
-- supplier, whatever their rules. Answers its SKU rule where it was made just now, else null.
CREATE OR REPLACE FUNCTION add_manual_supplier(p_tenant text)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_pattern text;
BEGIN
  PERFORM own_tenant_only(p_tenant);
  INSERT INTO supplier (tenant_id, id, state, sku_pattern) VALUES (p_tenant, 'manual', 'open', '\P{Cc}+')
  ON CONFLICT DO NOTHING
  RETURNING sku_pattern INTO v_pattern;
  RETURN v_pattern;
END $$;

-- Puts a manual fix into the ledger as intake does with a supplier's event, and answers its number there; what kind it is,
-- the caller adds. p_event: as record_supplier_events takes it. Its id has to be a new one: else the caller would make
-- something else of an event that is there.
CREATE OR REPLACE FUNCTION record_manual_event(p_tenant text, p_event jsonb)
 RETURNS bigint
 LANGUAGE plpgsql
AS $$
DECLARE
  v_status text;
BEGIN
  SELECT r.status INTO STRICT v_status
    FROM record_supplier_events(p_tenant, 'manual', jsonb_build_array(p_event)) r;
  IF v_status <> 'accepted' THEN
    RAISE EXCEPTION 'there is a manual event % already', p_event ->> 'eventId' USING ERRCODE = 'unique_violation';
  END IF;
  RETURN (SELECT e.seq FROM supplier_event e
           WHERE e.tenant_id = p_tenant AND e.supplier_id = 'manual' AND e.event_id = p_event ->> 'eventId');
END $$;

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
END $$;

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
