-- Hands due events of replays to a worker, oldest first, into what live events have left of its window. One that has
-- its outcome only waits for its storefront, and takes no room.
CREATE OR REPLACE FUNCTION claim_replay_events(p_worker text, p_window integer, p_limit integer,
                                               p_lease_us bigint)
 RETURNS TABLE(replay_id text, seq bigint, tenant_id text, supplier_id text, event_id text, sku text,
               quantity integer, updated_at_us bigint, received_at_us bigint, workflow_id text,
               start_count integer, sku_pattern text, clock_tolerance_seconds integer, rule_id integer)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  v_room integer;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM replay_event x WHERE x.start_due_us <= v_now) THEN
    RETURN;
  END IF;
  SELECT least(p_limit, p_window - live.count - again.count) INTO v_room
    FROM (SELECT count(*) FROM (SELECT 1 FROM supplier_event e
                                 WHERE e.started_by = p_worker AND e.decision IS NULL AND e.start_due_us > v_now
                                 LIMIT p_window) x) live,
         (SELECT count(*) FROM (SELECT 1 FROM replay_event e
                                 WHERE e.started_by = p_worker AND e.start_due_us > v_now AND e.outcome IS NULL
                                 LIMIT p_window) x) again;
  IF v_room <= 0 THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH due AS MATERIALIZED (
    SELECT x.replay_id, x.seq FROM replay_event x
     WHERE x.start_due_us <= v_now
     ORDER BY x.start_due_us
     LIMIT v_room
       FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE replay_event x
     SET start_due_us = lease_until(v_now, p_lease_us, x.start_count), start_count = x.start_count + 1,
         started_by = p_worker
    FROM due, supplier_event e, replay r
   WHERE x.replay_id = due.replay_id AND x.seq = due.seq AND e.seq = due.seq AND r.id = due.replay_id
  -- The rules of the replay's beginning: by them it is known which event is an item's last. An event that was judged
  -- before meets none.
  RETURNING x.replay_id, e.seq, e.tenant_id, e.supplier_id, e.event_id, e.sku, e.quantity, e.updated_at_us,
            e.received_at_us, e.workflow_id, x.start_count,
            CASE WHEN is_judged(e) THEN '(?s).*' ELSE r.rules -> e.supplier_id ->> 'skuPattern' END,
            CASE WHEN is_judged(e) THEN 2147483647
                 ELSE (r.rules -> e.supplier_id ->> 'clockToleranceSeconds')::integer END,
            CASE WHEN NOT is_judged(e) THEN (r.rules -> e.supplier_id ->> 'ruleId')::integer END;
END $$;
