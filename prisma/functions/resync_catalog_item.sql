-- An event's way through a replay: first its item is held against the whole ledger, then the event is decided if it
-- is not yet (or was rejected and is acceptable now). The item's last event in the replay says publish, with the
-- item's version as it is then. Run again, it changes nothing; of an event that is done it says nothing more to do.
CREATE OR REPLACE FUNCTION resync_catalog_item(p_seq bigint, p_item_id text, p_sku text, p_replay_id text,
                                               p_rule_id integer DEFAULT NULL::integer)
 RETURNS TABLE(outcome text, rule text, version integer, quantity integer, publish boolean,
               lost_to_supplier text, lost_to_event text)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_tenant text;
  v_state text;
  v_flows boolean;
  v_open boolean;
  v_touched boolean;
  v_repaired boolean := false;
  v_won boolean := false;
  v_decision text;
  v_outcome text;
  v_publish boolean;
  r replay_event%ROWTYPE;
  e supplier_event%ROWTYPE;
  i catalog_item%ROWTYPE;
BEGIN
  SELECT x.tenant_id INTO STRICT v_tenant FROM supplier_event x WHERE x.seq = p_seq;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(v_tenant));
  PERFORM pg_advisory_xact_lock(item_lock(p_item_id));
  SELECT x.state INTO STRICT v_state FROM replay x WHERE x.id = p_replay_id FOR SHARE;
  SELECT * INTO STRICT r FROM replay_event x WHERE x.replay_id = p_replay_id AND x.seq = p_seq FOR NO KEY UPDATE;
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq FOR NO KEY UPDATE;
  -- By another stock rule an item shows something else, whoever is held back.
  v_flows := event_flows(e.tenant_id, e.supplier_id) OR (SELECT x.stock_rule_id IS NOT NULL FROM replay x WHERE x.id = p_replay_id);
  v_open := is_open(e);

  IF r.done_at_us IS NULL THEN
    INSERT INTO replay_item AS x (replay_id, item_id, touched, version_before, publication_before)
    SELECT p_replay_id, p_item_id, v_flows, c.version, v.publication
      FROM (SELECT 1) once
      LEFT JOIN catalog_item c ON c.item_id = p_item_id
      LEFT JOIN catalog_item_version v ON v.item_id = p_item_id AND v.version = c.version
    ON CONFLICT (replay_id, item_id) DO UPDATE SET touched = true WHERE excluded.touched AND NOT x.touched;
    IF v_flows THEN
      v_repaired := repair_catalog_item(p_item_id, p_sku, p_replay_id);
    END IF;
    IF v_open THEN
      SELECT s.outcome INTO v_decision FROM save_catalog_item(p_seq, p_item_id, p_sku, p_replay_id, p_rule_id) s;
      SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq;
    END IF;
    -- An expiry that was in time changes what the item comes to, as a winner does.
    v_won := coalesce(v_decision = 'won' OR v_decision = 'applied' AND e.rule = 'expiry', false);
    UPDATE replay_item x
       SET repaired = x.repaired OR v_repaired, won = x.won OR v_won,
           superseded = x.superseded OR v_decision IS NOT DISTINCT FROM 'superseded'
     WHERE x.replay_id = p_replay_id AND x.item_id = p_item_id
       AND (v_repaired OR v_won OR v_decision = 'superseded')
    RETURNING x.touched INTO v_touched;
  END IF;

  SELECT * INTO i FROM catalog_item x WHERE x.item_id = p_item_id;
  -- With closed flags the replay leaves the event as it is, whatever that is.
  v_outcome := coalesce(CASE WHEN r.done_at_us IS NOT NULL THEN r.outcome END,
                        CASE WHEN v_flows THEN event_outcome(e) ELSE 'held' END);
  SELECT x.touched INTO v_touched FROM replay_item x WHERE x.replay_id = p_replay_id AND x.item_id = p_item_id;
  v_publish := r.done_at_us IS NULL AND r.is_last AND coalesce(v_touched, false) AND i.item_id IS NOT NULL;

  IF r.done_at_us IS NULL THEN
    UPDATE replay_event x SET outcome = v_outcome WHERE x.replay_id = p_replay_id AND x.seq = p_seq;
    -- After the replay's end there is no last event to wait for.
    IF r.is_last OR v_state <> 'running' THEN
      PERFORM settle_replay_items(p_replay_id, p_item_id);
    END IF;
    IF NOT v_publish THEN
      PERFORM finish_replay_event(p_replay_id, p_seq, v_outcome, NULL);
    END IF;
    IF v_state <> 'running' THEN
      PERFORM show_replay_items(p_replay_id, p_item_id);
    END IF;
    IF v_state <> 'running' AND NOT v_publish THEN
      -- Nobody else would publish it: the replay has ended.
      UPDATE supplier_event x SET start_due_us = now_us()
        FROM catalog_item_version v
       WHERE v.item_id = p_item_id AND v.replay_id = p_replay_id AND v.publication = 'due'
         AND x.seq = v.event_seq AND x.start_due_us IS NULL;
    END IF;
  END IF;
  RETURN QUERY SELECT v_outcome, e.rule, i.version, coalesce(i.quantity, e.quantity), v_publish,
                      CASE WHEN v_outcome = 'superseded' THEN i.supplier_id END,
                      CASE WHEN v_outcome = 'superseded' THEN i.event_id END;
END $$;
