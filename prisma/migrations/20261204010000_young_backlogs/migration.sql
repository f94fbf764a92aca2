-- While nothing of a tenant has waited for long, more of its places are for what would stand.
-- Takes events of tenants that are due from p_from to p_upto, and locks them: of each tenant as many as p_limits says, in all
-- p_room, in the order of the tenants, and none that another worker is just taking. With p_fresh, three quarters of a
-- tenant's places are for those that would stand, as long as none of its events has waited for ten seconds, and half of them
-- from then on; the others go by age. So each event is decided within twice the time that age alone would give it and five
-- seconds more: of the first ten seconds age has a quarter where it has half later. What is left of places by the division,
-- chance gives away: so what is old has its share, however few its tenant has. p_behind: they came by files.
-- What waits comes and goes by thousands: a plan that was made while nothing did would read all of it, each time.
CREATE OR REPLACE FUNCTION take_due(p_tenants text[], p_limits integer[], p_room integer, p_from bigint, p_upto bigint,
                                    p_behind boolean, p_fresh boolean)
 RETURNS bigint[]
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $$
DECLARE
  v_fresh bigint[] := '{}';
  v_left integer[] := p_limits;
  v_old bigint[];
BEGIN
  IF p_fresh THEN
    -- Tenants that get no place by their order take none by another.
    v_fresh := take_freshest(p_tenants[:p_room], ARRAY(
      SELECT floor(x.most * CASE WHEN (SELECT o.start_due_us FROM supplier_event o
                                        WHERE o.tenant_id = x.id AND o.start_due_us BETWEEN p_from AND p_upto
                                        ORDER BY o.start_due_us LIMIT 1) > p_upto - 10000000
                                 THEN 0.75 ELSE 0.5 END + random())::integer
        FROM unnest(p_tenants[:p_room], p_limits[:p_room]) WITH ORDINALITY AS x (id, most, no)
       ORDER BY x.no), p_from, p_upto, p_behind);
    v_left := ARRAY(
      SELECT t.most - (SELECT count(*) FROM supplier_event o WHERE o.seq = ANY (v_fresh) AND o.tenant_id = t.id)
        FROM unnest(p_tenants, p_limits) WITH ORDINALITY AS t (id, most, no) ORDER BY t.no);
  END IF;
  v_old := ARRAY(
    SELECT e.seq
      FROM unnest(p_tenants, v_left) AS t (id, most)
     CROSS JOIN LATERAL (
       SELECT o.seq FROM supplier_event o
        WHERE o.tenant_id = t.id AND o.start_due_us BETWEEN p_from AND p_upto AND o.seq <> ALL (v_fresh)
        ORDER BY o.start_due_us
        LIMIT t.most
          FOR NO KEY UPDATE SKIP LOCKED) e
     LIMIT p_room - cardinality(v_fresh));
  DELETE FROM freshest_event x
   WHERE x.ctid = ANY (ARRAY(
     SELECT r.ctid FROM freshest_event r WHERE r.seq = ANY (v_old) FOR UPDATE SKIP LOCKED));
  RETURN v_fresh || v_old;
END $$;
