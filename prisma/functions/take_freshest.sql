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
          SELECT y.ctid FROM freshest_event y
            -- By its number, whatever the ledger held when this was planned: see rank_events.
            LEFT JOIN LATERAL (
              SELECT o.start_due_us, o.decision FROM supplier_event o WHERE o.seq = y.seq OFFSET 0) e ON true
           WHERE y.tenant_id = t.tenant_id AND y.behind = p_behind
             AND (e.start_due_us IS NULL OR e.decision IS NOT NULL OR e.start_due_us <= p_upto)
           ORDER BY y.place
           LIMIT t.most
             FOR UPDATE OF y SKIP LOCKED) f))
    RETURNING x.seq
  )
  SELECT coalesce(array_agg(l.seq), '{}') INTO v_taken
    -- By their numbers: see rank_events. Whoever locks a row sees it as it is then.
    FROM taken t
   CROSS JOIN LATERAL (
     SELECT o.seq, o.start_due_us, o.decision FROM supplier_event o WHERE o.seq = t.seq OFFSET 0
        FOR NO KEY UPDATE SKIP LOCKED) l
   WHERE l.start_due_us BETWEEN p_from AND p_upto AND l.decision IS NULL;
  RETURN v_taken;
END $$;
