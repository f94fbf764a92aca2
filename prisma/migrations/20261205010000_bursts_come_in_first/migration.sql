-- A burst comes in before any of it is taken; what is newer of an item is looked up by the item, also by a plan that was made
-- while nothing waited.
-- Whether an event of an item is due that would overtake what was said of it at p_updated_at_us, as far as ranks tell (see
-- rank_events): under another rule than `newest`, any. What came by a file waits for longer, and is not asked for.
-- What waits comes and goes by thousands: a plan that was made while nothing did would read all of it, each time.
CREATE OR REPLACE FUNCTION awaits_newer(p_tenant text, p_item_id text, p_updated_at_us bigint)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
 SET enable_seqscan TO 'off'
AS $$
BEGIN
  RETURN coalesce((
    SELECT true
      FROM freshest_event f
      -- A row may be left over. By its number, not by all that are undecided: see rank_events.
     CROSS JOIN LATERAL (SELECT y.start_due_us, y.decision FROM supplier_event y WHERE y.seq = f.seq OFFSET 0) x
     WHERE f.tenant_id = p_tenant AND f.sku_key = substr(p_item_id, length(p_tenant) + 2) AND NOT f.behind
       AND (f.supplier_id <> '' OR f.updated_at_us > p_updated_at_us)
       AND x.start_due_us IS NOT NULL AND x.decision IS NULL
     -- In the key's order: a plan that was made while the table was empty would go through all that its tenant has.
     ORDER BY f.supplier_id, f.location
     LIMIT 1), false);
END $$;
-- Hands due events to a worker: fairly by tenant, and no more than its window of undecided events.
-- The lease is the event's next due time: when it passes without an end, the event is looked after again. So only
-- events with a lease that still runs fill the window: the others are due, and whoever has room may take them.
-- Of the tenants with due events those go first that have the fewest undecided in this worker, and none gets more than
-- its share: an event of a tenant that sends few does not wait for those of one that floods the ledger. Without
-- a share, one tenant may have the whole window.
-- Of a tenant's events, those go first that would stand: see take_due. While more than a thousand wait and 200 came within the
-- last 250 ms, nothing of the tenant is taken, unless something has waited for 3 s.
-- What waits comes and goes by thousands: a plan that was made while nothing did would read all of it, each time.
CREATE OR REPLACE FUNCTION claim_supplier_events(p_worker text, p_window integer, p_limit integer,
                                                 p_lease_us bigint, p_share integer DEFAULT NULL::integer)
 RETURNS TABLE(seq bigint, tenant_id text, supplier_id text, event_id text, sku text, quantity integer,
               updated_at_us bigint, received_at_us bigint, workflow_id text, start_count integer,
               released boolean, undecided boolean, sku_pattern text, clock_tolerance_seconds integer,
               rule_id integer)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
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
  RETURN QUERY
  UPDATE supplier_event e
     SET start_due_us = lease_until(v_now, p_lease_us, e.start_count), start_count = e.start_count + 1,
         started_by = p_worker
    FROM supplier s
   WHERE e.seq = ANY (v_due) AND s.tenant_id = e.tenant_id AND s.id = e.supplier_id
  -- An event that was judged before meets no rule again, as in a replay.
  RETURNING e.seq, e.tenant_id, e.supplier_id, e.event_id, e.sku, e.quantity, e.updated_at_us, e.received_at_us,
            e.workflow_id, e.start_count, e.held_at_us IS NOT NULL, e.decision IS NULL,
            CASE WHEN is_judged(e) THEN '(?s).*' ELSE s.sku_pattern END,
            CASE WHEN is_judged(e) THEN 2147483647 ELSE s.clock_tolerance_seconds END,
            CASE WHEN NOT is_judged(e) THEN s.rule_id END;
END $$;
-- Hands a worker events of files, the oldest first, as far as live events leave it room; of its window no more than p_share
-- at a time. While a file is being recorded it is one each half a minute, so that a live event finds the machine free and the
-- queue is seen to move; where one has waited for 5 minutes, one after the other. From then on they are like others: one whose lease passes without an end is due. Each tenant
-- with such events has the same share of the room. Half of the places are for those that would stand.
CREATE OR REPLACE FUNCTION claim_file_events(p_worker text, p_window integer, p_share integer, p_limit integer,
                                             p_lease_us bigint)
 RETURNS TABLE(seq bigint, tenant_id text, supplier_id text, event_id text, sku text, quantity integer,
               updated_at_us bigint, received_at_us bigint, workflow_id text, start_count integer,
               released boolean, undecided boolean, sku_pattern text, clock_tolerance_seconds integer,
               rule_id integer)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  v_share integer := p_share;
  v_room integer;
  v_tenants text[];
  v_due bigint[];
  v_paced boolean := false;
BEGIN
  SELECT array_agg(t.id ORDER BY random()) INTO v_tenants
    FROM tenant t
   -- In an order, so that the index is used: a planner who has not heard yet that all are done would go through the ledger.
   WHERE (SELECT e.start_due_us FROM supplier_event e
           WHERE e.tenant_id = t.id AND e.start_due_us >= behind_live_us() ORDER BY e.start_due_us LIMIT 1) IS NOT NULL;
  IF v_tenants IS NULL THEN
    RETURN;
  END IF;
  IF EXISTS (SELECT 1 FROM feed_run r WHERE r.start_due_us IS NOT NULL AND r.state IN ('reading', 'recording')) THEN
    v_share := least(p_share, CASE WHEN EXISTS (
      SELECT 1 FROM unnest(v_tenants) AS waits (tenant_id)
       CROSS JOIN LATERAL (
         SELECT e.seq, e.start_due_us - behind_live_us() AS since FROM supplier_event e
          WHERE e.tenant_id = waits.tenant_id AND e.start_due_us >= behind_live_us()
          ORDER BY e.start_due_us LIMIT 1) w
       CROSS JOIN LATERAL (
         SELECT x.seq FROM feed_event x WHERE x.seq < w.seq ORDER BY x.seq DESC LIMIT 50) x
        JOIN supplier_event e ON e.seq = x.seq
       WHERE e.started_by IS NOT NULL AND e.decision IS NULL
          OR w.since > v_now - 300000000 AND e.decided_at_us > v_now - 30000000)
      THEN 0 ELSE 1 END);
    -- Its pace goes by the oldest one.
    v_paced := true;
  END IF;
  -- Planned each time: see claim_supplier_events.
  EXECUTE $q$
    SELECT least($2, $3 - count(*), $5 - count(f.seq))
      FROM (SELECT e.seq FROM supplier_event e
             WHERE e.started_by = $1 AND e.decision IS NULL AND e.start_due_us > $4
             LIMIT $3) in_flight
      LEFT JOIN feed_event f USING (seq) $q$
    INTO v_room USING p_worker, p_limit, p_window, v_now, v_share;
  IF v_room <= 0 THEN
    RETURN;
  END IF;
  v_due := take_due(v_tenants, array_fill(greatest(1, v_room / cardinality(v_tenants)), ARRAY[cardinality(v_tenants)]), v_room,
                    behind_live_us(), 9223372036854775807, true, NOT v_paced);
  RETURN QUERY
  UPDATE supplier_event e
     SET start_due_us = lease_until(v_now, p_lease_us, e.start_count), start_count = e.start_count + 1,
         started_by = p_worker
    FROM supplier s
   WHERE e.seq = ANY (v_due) AND s.tenant_id = e.tenant_id AND s.id = e.supplier_id
  RETURNING e.seq, e.tenant_id, e.supplier_id, e.event_id, e.sku, e.quantity, e.updated_at_us, e.received_at_us,
            e.workflow_id, e.start_count, e.held_at_us IS NOT NULL, e.decision IS NULL,
            CASE WHEN is_judged(e) THEN '(?s).*' ELSE s.sku_pattern END,
            CASE WHEN is_judged(e) THEN 2147483647 ELSE s.clock_tolerance_seconds END,
            CASE WHEN NOT is_judged(e) THEN s.rule_id END;
END $$;
