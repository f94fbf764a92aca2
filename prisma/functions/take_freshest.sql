-- Takes those events of tenants that would stand as far as the ledger knows (see rank_events), and locks them: of each tenant
-- as many as p_limits says, those first whose items have waited longest, and none that another worker is just taking.
-- Ranks that are left over of what is not due any more go as well; what is not due yet keeps its rank.
-- What waits comes and goes by thousands: a plan that was made while nothing did would read all of it, each time.
CREATE OR REPLACE FUNCTION take_freshest(p_tenants text[], p_limits integer[], p_from bigint, p_upto bigint, p_behind boolean)
 RETURNS bigint[]
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $$
DECLARE
  v_taken bigint[];
BEGIN
  WITH taken AS (
    DELETE FROM freshest_event x
     WHERE x.ctid = ANY (ARRAY(
       SELECT f.ctid
         FROM unnest(p_tenants, p_limits) AS t (tenant_id, most)
        CROSS JOIN LATERAL (
          SELECT y.ctid FROM freshest_event y LEFT JOIN supplier_event e ON e.seq = y.seq
           WHERE y.tenant_id = t.tenant_id AND y.behind = p_behind
             AND (e.start_due_us IS NULL OR e.decision IS NOT NULL OR e.start_due_us <= p_upto)
           ORDER BY y.place
           LIMIT t.most
             FOR UPDATE OF y SKIP LOCKED) f))
    RETURNING x.seq
  )
  SELECT coalesce(array_agg(l.seq), '{}') INTO v_taken
    FROM (SELECT o.seq FROM taken t JOIN supplier_event o ON o.seq = t.seq
           WHERE o.start_due_us BETWEEN p_from AND p_upto AND o.decision IS NULL
             FOR NO KEY UPDATE OF o SKIP LOCKED) l;
  RETURN v_taken;
END $$;
