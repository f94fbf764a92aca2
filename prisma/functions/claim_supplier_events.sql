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
