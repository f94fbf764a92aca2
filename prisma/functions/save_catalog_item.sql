-- Decides an event's contest for its item and writes everything that follows from it. Run again, it changes nothing.
-- The locks come first and each statement has a snapshot of its own: a loser that waited behind a winner sees
-- that winner. The same statement with the lock inside would still see the catalog from before the wait.
-- Of a plain item (see is_plain) all events meet in one contest, and the greatest is what the item shows. Of any other, an
-- event meets those of its own supplier and location, and what is left standing is weighed by the tenant's stock rule.
-- A void, an expiry, and an event that was voided before it was decided take no part: their outcome is their decision.
-- A rejected event is decided anew by a replay only. p_rule_id is the rule that normalize judged it by.
-- outcome: won, superseded (of the place that it was about), held, applied, voided or rejected; publish: whether the version given has to be told to the storefront.
CREATE OR REPLACE FUNCTION save_catalog_item(p_seq bigint, p_item_id text, p_sku text, p_replay_id text,
                                             p_rule_id integer DEFAULT NULL::integer)
 RETURNS TABLE(outcome text, rule text, version integer, quantity integer, publish boolean,
               lost_to_supplier text, lost_to_event text, decided_at_us bigint, fresh boolean)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint;
  v_tenant text;
  e supplier_event%ROWTYPE;
  w supplier_event%ROWTYPE;
  v_rule text;
  v_wins boolean;
  v_changes boolean;
  v_version integer;
  v_quantity integer;
  v_stock_rule integer;
  v_is_plain boolean;
  v_expires bigint;
  s record;
BEGIN
  SELECT x.tenant_id INTO STRICT v_tenant FROM supplier_event x WHERE x.seq = p_seq;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(v_tenant));
  PERFORM pg_advisory_xact_lock(item_lock(p_item_id));
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq FOR NO KEY UPDATE;
  v_now := now_us();

  -- What a replay touches: items of events that are decided, not of those that stay held.
  IF p_replay_id IS NOT NULL AND (e.decision IN ('won', 'superseded') OR event_flows(e.tenant_id, e.supplier_id)) THEN
    INSERT INTO replay_item (replay_id, item_id) VALUES (p_replay_id, p_item_id) ON CONFLICT DO NOTHING;
  END IF;

  IF e.decision = 'rejected' AND p_replay_id IS NULL THEN
    RETURN QUERY SELECT 'rejected', e.rule, NULL::integer, e.quantity, false, NULL::text, NULL::text, e.decided_at_us, false;
    RETURN;
  ELSIF e.decision IN ('won', 'superseded', 'applied', 'voided') THEN
    -- A void can make a loser the winner: then the version that it made for it is what there is to publish.
    RETURN QUERY
    SELECT CASE WHEN own.version IS NOT NULL AND i.winner_seq = e.seq THEN 'won' ELSE e.decision END,
           CASE WHEN e.decision = 'superseded' AND own.version IS NOT NULL AND i.winner_seq = e.seq
                THEN v.rule ELSE e.rule END,
           coalesce(v.version, e.version), coalesce(v.quantity, e.quantity),
           CASE WHEN p_replay_id IS NULL
                -- Whoever made the version asks again, also after a crash: begin_publish_attempt knows how it stands.
                THEN coalesce(v.event_seq = e.seq, false)
                ELSE coalesce(i.winner_seq = e.seq, false) END AS publish,
           l.supplier_id, l.event_id, e.decided_at_us, false
      FROM (SELECT max(m.version) AS version FROM catalog_item_version m
             WHERE m.event_seq = p_seq AND m.item_id = p_item_id) own
      LEFT JOIN catalog_item i ON i.item_id = p_item_id
      LEFT JOIN catalog_item_version v ON v.item_id = p_item_id
            AND v.version = CASE WHEN p_replay_id IS NULL THEN coalesce(own.version, e.version) ELSE i.version END
      LEFT JOIN supplier_event l ON l.seq = e.lost_to_seq;
    -- Nothing is left to do for it unless its version is still to be published.
    UPDATE supplier_event x SET start_due_us = NULL, held_at_us = NULL
     WHERE x.seq = p_seq AND (x.start_due_us IS NOT NULL OR x.held_at_us IS NOT NULL)
       AND NOT EXISTS (SELECT 1 FROM catalog_item_version v
                        WHERE v.event_seq = p_seq AND v.publication IN ('due', 'withheld'));
    RETURN;
  END IF;

  IF NOT event_flows(e.tenant_id, e.supplier_id) THEN
    UPDATE supplier_event x SET held_at_us = coalesce(x.held_at_us, v_now), item_id = p_item_id, start_due_us = NULL
     WHERE x.seq = p_seq AND x.decision IS NULL;
    RETURN QUERY SELECT 'held', NULL::text, NULL::integer, e.quantity, false, NULL::text, NULL::text, NULL::bigint, true;
    RETURN;
  END IF;

  SELECT t.stock_rule_id, t.stock_rule_before IS NULL AND e.location = '' AND is_plain(p_item_id, t.stock_rule_id),
         s.figure_expires_us
    INTO STRICT v_stock_rule, v_is_plain, v_expires
    FROM tenant t LEFT JOIN supplier s ON s.tenant_id = t.id AND s.id = e.supplier_id WHERE t.id = e.tenant_id;
  IF e.kind = 'expiry' THEN
    v_version := apply_expiry(p_seq, p_item_id, p_sku, v_stock_rule, p_replay_id);
    RETURN QUERY
    SELECT 'applied', x.rule, v_version, coalesce(v.quantity, e.quantity), v_version IS NOT NULL, NULL::text, NULL::text,
           v_now, true
      FROM supplier_event x
      LEFT JOIN catalog_item_version v ON v.item_id = p_item_id AND v.version = v_version
     WHERE x.seq = p_seq;
    RETURN;
  END IF;

  IF v_is_plain THEN
    -- The winner's figures come from the ledger, not from the catalog row, which a hand may have altered.
    SELECT x.* INTO w FROM catalog_item i JOIN supplier_event x ON x.seq = i.winner_seq
     WHERE i.item_id = p_item_id AND x.voided_by_seq IS NULL;
    IF w.seq IS NULL THEN
      -- The item's first event; or else a hand has taken the row away, and the ledger still knows who wins.
      SELECT x.* INTO w FROM contending_events(p_item_id) x LIMIT 1;
    END IF;
  ELSE
    SELECT x.* INTO w FROM supplier_event x
     WHERE x.item_id = p_item_id AND x.supplier_id = e.supplier_id AND x.location = e.location
       AND x.decision IN ('won', 'superseded') AND x.voided_by_seq IS NULL
     ORDER BY x.updated_at_us DESC, x.quantity, x.event_id DESC LIMIT 1;
  END IF;
  v_rule := contest_rule(e.updated_at_us, e.quantity, e.supplier_id, e.event_id,
                         w.updated_at_us, w.quantity, w.supplier_id, w.event_id);
  v_wins := is_winning_rule(v_rule);
  v_changes := v_rule IN ('first', 'newer') OR v_rule = 'lower_quantity' AND w.quantity > 0;
  v_quantity := greatest(0, e.quantity);

  IF v_wins AND NOT v_is_plain THEN
    SELECT x.* INTO STRICT s FROM weigh_stock(v_stock_rule, standing_of_item(p_item_id, p_seq)) x;
    v_quantity := s.quantity;
    v_version := write_item(p_item_id, p_sku, v_stock_rule, s.stock, s.quantity, s.lead_seq, s.shares, p_seq, 'shares', 0,
                            false, p_replay_id);
    v_changes := v_version IS NOT NULL;
    IF NOT v_changes THEN
      SELECT i.version INTO v_version FROM catalog_item i WHERE i.item_id = p_item_id;
    END IF;
  ELSIF v_wins THEN
    IF NOT v_changes THEN
      SELECT coalesce(max(v.version), 0) INTO v_version FROM catalog_item_version v WHERE v.item_id = p_item_id;
    ELSE
      v_version := next_version(p_item_id, 0);
      PERFORM overtake_versions(p_item_id, v_now);
      INSERT INTO catalog_item_version (item_id, version, event_seq, quantity, updated_at_us, rule, created_at_us,
                                        publication_at_us, replay_id)
      VALUES (p_item_id, v_version, p_seq, v_quantity, e.updated_at_us, v_rule, v_now, v_now, p_replay_id);
    END IF;
    INSERT INTO catalog_item AS i (item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, winner_seq,
                                   version)
    VALUES (p_item_id, e.tenant_id, p_sku, v_quantity, e.updated_at_us, e.supplier_id, e.event_id, p_seq, v_version)
    ON CONFLICT (item_id) DO UPDATE
       SET quantity = excluded.quantity, updated_at_us = excluded.updated_at_us, supplier_id = excluded.supplier_id,
           event_id = excluded.event_id, winner_seq = excluded.winner_seq, version = excluded.version;
  END IF;

  UPDATE supplier_event x
     SET decision = CASE WHEN v_wins THEN 'won' ELSE 'superseded' END,
         decision_no = nextval('decision_no_seq'), decided_at_us = v_now, rule = v_rule,
         item_id = p_item_id, version = v_version, held_at_us = NULL,
         lost_to_seq = CASE WHEN NOT v_wins THEN w.seq END, beat_seq = CASE WHEN v_wins THEN w.seq END,
         failure_mode = CASE WHEN NOT v_wins THEN 'stale_catalog_version' END, failure_detail = NULL, judged_by = p_rule_id,
         stock_rule_id = CASE WHEN NOT v_is_plain THEN v_stock_rule END,
         start_due_us = CASE WHEN v_changes THEN x.start_due_us END
   WHERE x.seq = p_seq;
  IF e.updated_at_us <= v_now - v_expires + 60000000 THEN
    PERFORM look_again_for_expiry(e.tenant_id, e.supplier_id, e.updated_at_us);
  END IF;

  RETURN QUERY SELECT CASE WHEN v_wins THEN 'won' ELSE 'superseded' END, v_rule, v_version, v_quantity,
    v_wins AND (v_changes OR p_replay_id IS NOT NULL),
    CASE WHEN NOT v_wins THEN w.supplier_id END, CASE WHEN NOT v_wins THEN w.event_id END, v_now, true;
END $$;
