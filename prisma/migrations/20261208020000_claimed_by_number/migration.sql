-- A claim finds its events by their numbers, whatever the ledger held when that was planned.

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

-- Hands due events to a worker: fairly by tenant, and no more than its window of undecided events.
-- The lease is the event's next due time: when it passes without an end, the event is looked after again. So only
-- events with a lease that still runs fill the window: the others are due, and whoever has room may take them.
-- Of the tenants with due events those go first that have the fewest undecided in this worker, and none gets more than
-- its share: an event of a tenant that sends few does not wait for those of one that floods the ledger. Without
-- a share, one tenant may have the whole window.
-- Of a tenant's events, those go first that would stand: see take_due. While more than a thousand wait and 200 came within the
-- last 250 ms, nothing of the tenant is taken, unless something has waited for 3 s.
-- What waits comes and goes by thousands: a plan that was made while nothing did would read all of it, each time. So each
-- statement that is planned once a connection, as planning costs more than all that it does, is such that only one index gives
-- its order; the others are planned each time.
CREATE OR REPLACE FUNCTION claim_supplier_events(p_worker text, p_window integer, p_limit integer,
                                                 p_lease_us bigint, p_share integer DEFAULT NULL::integer)
 RETURNS TABLE(seq bigint, tenant_id text, supplier_id text, event_id text, sku text, quantity integer,
               updated_at_us bigint, received_at_us bigint, workflow_id text, start_count integer,
               released boolean, undecided boolean, sku_pattern text, clock_tolerance_seconds integer,
               rule_id integer)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  v_room integer;
  v_share integer := coalesce(p_share, p_window);
  v_busy jsonb;
  v_tenants text[];
  v_limits integer[];
  v_due bigint[];
BEGIN
  -- Planned each time: a plan that was made while little was undecided would read all that is.
  EXECUTE $q$
    SELECT least($2, $3 - coalesce(sum(n), 0)), coalesce(jsonb_object_agg(tenant_id, n), '{}')
      FROM (SELECT tenant_id, count(*) AS n
              FROM (SELECT e.tenant_id FROM supplier_event e
                     WHERE e.started_by = $1 AND e.decision IS NULL AND e.start_due_us > $4
                     LIMIT $3) in_flight
             GROUP BY tenant_id) by_tenant $q$
    INTO v_room, v_busy USING p_worker, p_limit, p_window, v_now;
  IF v_room <= 0 THEN
    RETURN;
  END IF;
  SELECT array_agg(t.id ORDER BY coalesce((v_busy ->> t.id)::integer, 0), random()) INTO v_tenants
    FROM tenant t
   -- In an order, so that the index is used, and not the whole ledger read.
   CROSS JOIN LATERAL (
     SELECT e.start_due_us FROM supplier_event e
      WHERE e.tenant_id = t.id AND e.start_due_us <= v_now ORDER BY e.start_due_us LIMIT 1) oldest
   WHERE coalesce((v_busy ->> t.id)::integer, 0) < v_share
     -- A burst that is still coming in: what is taken of it now is soon overtaken, and keeps the rest from coming.
     AND NOT (oldest.start_due_us > v_now - 3000000
              AND EXISTS (SELECT 1 FROM supplier_event e
                           WHERE e.tenant_id = t.id AND e.start_due_us BETWEEN v_now - 250000 AND v_now
                           ORDER BY e.start_due_us OFFSET 200 LIMIT 1)
              AND EXISTS (SELECT 1 FROM supplier_event e
                           WHERE e.tenant_id = t.id AND e.start_due_us <= v_now
                           ORDER BY e.start_due_us OFFSET 1000 LIMIT 1));
  IF v_tenants IS NULL THEN
    RETURN;
  END IF;
  v_limits := ARRAY(
    SELECT least(v_share - coalesce((v_busy ->> t.id)::integer, 0), greatest(1, v_room / cardinality(v_tenants)))
      FROM unnest(v_tenants) WITH ORDINALITY AS t (id, no) ORDER BY t.no);
  v_due := take_due(v_tenants, v_limits, v_room, -9223372036854775808, v_now, false, true);
  RETURN QUERY EXECUTE $q$
  UPDATE supplier_event e
     SET start_due_us = lease_until($2, $3, e.start_count), start_count = e.start_count + 1, started_by = $4
    FROM supplier s
   WHERE e.seq = ANY ($1) AND s.tenant_id = e.tenant_id AND s.id = e.supplier_id
  -- An event that was judged before meets no rule again, as in a replay.
  RETURNING e.seq, e.tenant_id, e.supplier_id, e.event_id, e.sku, e.quantity, e.updated_at_us, e.received_at_us,
            e.workflow_id, e.start_count, e.held_at_us IS NOT NULL, e.decision IS NULL,
            CASE WHEN is_judged(e) THEN '(?s).*' ELSE s.sku_pattern END,
            CASE WHEN is_judged(e) THEN 2147483647 ELSE s.clock_tolerance_seconds END,
            CASE WHEN NOT is_judged(e) THEN s.rule_id END $q$
    USING v_due, v_now, p_lease_us, p_worker;
END $$;
