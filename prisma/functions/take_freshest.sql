-- Takes those due events of tenants that would stand as far as the ledger knows (see rank_events): of each tenant as many as
-- p_limits says, those first whose items have waited longest, and none that another worker is just taking. What is left over
-- of events that are not due any more goes as well; what is not due yet stays.
CREATE OR REPLACE FUNCTION take_freshest(p_tenants text[], p_limits integer[], p_behind boolean)
 RETURNS bigint[]
 LANGUAGE sql
AS $$
  WITH taken AS (
    DELETE FROM freshest_event x
     WHERE x.ctid = ANY (ARRAY(
       SELECT f.ctid
         FROM unnest(p_tenants, p_limits) AS t (tenant_id, most)
        CROSS JOIN LATERAL (
          SELECT y.ctid FROM freshest_event y LEFT JOIN supplier_event e ON e.seq = y.seq
           WHERE y.tenant_id = t.tenant_id AND y.behind = p_behind
             AND (e.start_due_us IS NULL OR e.decision IS NOT NULL OR p_behind OR e.start_due_us <= now_us())
           ORDER BY y.place
           LIMIT t.most
             FOR UPDATE OF y SKIP LOCKED) f))
    RETURNING x.seq
  )
  SELECT coalesce(array_agg(t.seq), '{}') FROM taken t
$$;
