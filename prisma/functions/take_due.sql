-- Takes events of tenants that are due from p_from to p_upto, and locks them: of each tenant as many as p_limits says, in all
-- p_room, in the order of the tenants, and none that another worker is just taking. With p_fresh, a tenant's places are for
-- those first that would stand, as long as none of its events has waited for 10 s; from then on a quarter of them, and half
-- of them from 30 s on; the others go by age. After t seconds of a backlog, age has had three quarters of t - 10, which is half
-- of t at 30. So, as long as the tenant has as many places, each event is taken within twice the time that age alone would
-- give it, where that is 15 s or more, and else within 10 s and four thirds of it. What is left of places by the division,
-- chance gives away: so what is old has its share, however few its tenant has. p_behind: they came by files, and of those
-- half go by age throughout.
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
      SELECT floor(x.most * CASE WHEN w.us < 10000000 THEN 1 WHEN w.us < 30000000 THEN 0.25 ELSE 0.5 END + random())::integer
        FROM unnest(p_tenants[:p_room], p_limits[:p_room]) WITH ORDINALITY AS x (id, most, no)
       CROSS JOIN LATERAL (
         SELECT p_upto - (SELECT o.start_due_us FROM supplier_event o
                           WHERE o.tenant_id = x.id AND o.start_due_us BETWEEN p_from AND p_upto
                           ORDER BY o.start_due_us LIMIT 1) AS us OFFSET 0) w
       ORDER BY x.no), p_from, p_upto, p_behind);
    IF cardinality(p_tenants) = 1 THEN
      v_left := ARRAY[p_limits[1] - cardinality(v_fresh)];
    ELSIF v_fresh <> '{}' THEN
      v_left := ARRAY(
        SELECT t.most - (SELECT count(*) FROM unnest(v_fresh) AS f (seq)
                          CROSS JOIN LATERAL (
                            SELECT o.tenant_id FROM supplier_event o WHERE o.seq = f.seq OFFSET 0) o
                          WHERE o.tenant_id = t.id)
          FROM unnest(p_tenants, p_limits) WITH ORDINALITY AS t (id, most, no) ORDER BY t.no);
    END IF;
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
  IF v_old <> '{}' THEN
    EXECUTE $q$
      DELETE FROM freshest_event x
       WHERE x.ctid = ANY (ARRAY(
         SELECT r.ctid FROM freshest_event r WHERE r.seq = ANY ($1) FOR UPDATE SKIP LOCKED)) $q$
      USING v_old;
  END IF;
  RETURN v_fresh || v_old;
END $$;
