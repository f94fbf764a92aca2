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
  v_released bigint[];
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
  ), noted AS (
    UPDATE event_code c
       SET sku = f.sku, factor = f.factor, alias_since_us = f.since_us, waited_until_us = v_now
      FROM freed f
     WHERE c.seq = f.seq
    RETURNING c.seq
  )
  SELECT array_agg(n.seq) INTO v_released FROM noted n;
  IF v_released IS NOT NULL THEN
    PERFORM rank_events(v_released);
    PERFORM pg_notify('supplier_event', '');
  END IF;
  RETURN coalesce(cardinality(v_released), 0);
END $$;
