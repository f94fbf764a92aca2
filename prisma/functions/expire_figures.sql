-- Writes an event of its own into the ledger for each figure that is older than its supplier's figures may be: whoever
-- starts workflows starts one for it, in which it takes effect. It looks at a supplier's events once: from where it has
-- come (expired_until_us) to what is old enough now; what comes to stand later, though it is older, moves that back.
-- For ten minutes after an opening it waits until what was held is decided.
-- p_limit: how many events it looks at, roughly. looked: how many it did; where that is not below p_limit, there may be more.
CREATE OR REPLACE FUNCTION expire_figures(p_limit integer)
 RETURNS TABLE(looked integer, expired integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_now bigint := now_us();
  v_until bigint;
  v_last bigint;
  v_sku text;
  v_id text;
  r record;
  e supplier_event%ROWTYPE;
BEGIN
  looked := 0;
  expired := 0;
  FOR r IN SELECT s.* FROM supplier s JOIN tenant t ON t.id = s.tenant_id
            WHERE s.figure_expires_us IS NOT NULL AND s.state = 'open' AND t.state <> 'closed'
              AND s.expired_until_us < v_now - s.figure_expires_us
              -- What was held may be newer than all that it would look at: else a shop that opens would be told 0 first.
              AND NOT (coalesce(greatest(t.opened_at_us, s.opened_at_us), 0) > v_now - 600000000
                       AND EXISTS (SELECT 1 FROM supplier_event u
                                    WHERE u.tenant_id = s.tenant_id AND u.supplier_id = s.id AND u.decision IS NULL
                                      AND u.kind <> 'expiry'))
            ORDER BY s.expired_until_us
              FOR NO KEY UPDATE OF s SKIP LOCKED
  LOOP
    EXIT WHEN looked >= p_limit;
    v_until := v_now - r.figure_expires_us;
    v_last := NULL;
    FOR e IN SELECT x.* FROM supplier_event x
              WHERE x.tenant_id = r.tenant_id AND x.supplier_id = r.id
                AND x.updated_at_us > r.expired_until_us AND x.updated_at_us <= v_until
              ORDER BY x.updated_at_us
              FETCH FIRST (p_limit - looked) ROWS WITH TIES
    LOOP
      looked := looked + 1;
      v_last := e.updated_at_us;
      CONTINUE WHEN e.kind <> 'update' OR e.decision IS NULL OR e.expired_by_seq IS NOT NULL
                 OR NOT EXISTS (SELECT 1 FROM standing_events(e.item_id) s WHERE s.seq = e.seq)
                 OR EXISTS (SELECT 1 FROM supplier_event o
                             WHERE o.target_seq = e.seq AND o.kind = 'expiry' AND o.decision IS NULL);
      v_id := 'expiry-' || gen_random_uuid();
      v_sku := substr(e.item_id, length(e.tenant_id) + 2);
      INSERT INTO supplier_event (tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, received_at_us, location,
                                  item_id, digest, workflow_id, start_due_us, kind, target_seq)
      VALUES (e.tenant_id, e.supplier_id, v_id, v_sku, 0, e.updated_at_us + r.figure_expires_us, v_now, e.location, e.item_id,
              event_digest(v_sku, 0, e.updated_at_us + r.figure_expires_us, e.location),
              'sync:' || e.tenant_id || ':' || e.supplier_id || ':' || v_id, v_now, 'expiry', e.seq);
      expired := expired + 1;
    END LOOP;
    UPDATE supplier s SET expired_until_us = CASE WHEN looked < p_limit THEN v_until ELSE coalesce(v_last, v_until) END
     WHERE s.tenant_id = r.tenant_id AND s.id = r.id;
  END LOOP;
  IF expired > 0 THEN
    PERFORM pg_notify('supplier_event', '');
  END IF;
  RETURN NEXT;
END $$;
