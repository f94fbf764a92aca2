-- An event is decided and published by indexes, also where the plans are of a ledger with little in it: what it reads does not
-- grow with the ledger until the next automatic ANALYZE.
-- save_catalog_item and, where there is a version to be told, begin_publish_attempt: in one transaction, so that the first
-- attempt costs no commit of its own. Without p_workflow_id it begins nothing; what it began, or why not, says verdict, null
-- where there is nothing to tell. Not for replays.
CREATE OR REPLACE FUNCTION save_and_begin(p_seq bigint, p_item_id text, p_sku text, p_rule_id integer, p_workflow_id text,
                                          p_failed text[])
 RETURNS TABLE(outcome text, rule text, version integer, quantity integer, publish boolean, lost_to_supplier text,
               lost_to_event text, decided_at_us bigint, fresh boolean, verdict text, attempt_id bigint, storefront text,
               kind text, url text, config jsonb, secret bytea, secret_before bytea, several boolean, limits jsonb,
               message_id text)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $$
DECLARE
  s record;
BEGIN
  SELECT * INTO STRICT s FROM save_catalog_item(p_seq, p_item_id, p_sku, NULL, p_rule_id);
  IF s.publish AND s.outcome IN ('won', 'applied') AND p_workflow_id IS NOT NULL THEN
    RETURN QUERY
    SELECT s.outcome, s.rule, s.version, s.quantity, s.publish, s.lost_to_supplier, s.lost_to_event, s.decided_at_us, s.fresh,
           b.verdict, b.attempt_id, b.storefront, b.kind, b.url, b.config, b.secret, b.secret_before, b.several, b.limits,
           b.message_id
      FROM begin_publish_attempt(p_seq, p_item_id, s.version, p_workflow_id, NULL, NULL, p_failed) b;
  ELSE
    RETURN QUERY
    SELECT s.outcome, s.rule, s.version, s.quantity, s.publish, s.lost_to_supplier, s.lost_to_event, s.decided_at_us, s.fresh,
           NULL::text, NULL::bigint, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::bytea, NULL::bytea,
           NULL::boolean, NULL::jsonb, NULL::text;
  END IF;
END $$;

-- Writes down how an attempt ended: accepted, rejected (both end the event), or failed (it will be tried again).
-- The answer is the version's, so it ends the event that made the version; where several storefronts are open, once all of
-- them have accepted it. A no that counts no more (see next_storefront) ends nothing.
CREATE OR REPLACE FUNCTION finish_publish_attempt(p_attempt_id bigint, p_status text, p_http_status integer,
                                                  p_reason text)
 RETURNS TABLE(finished_at_us bigint)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $$
DECLARE
  v_now bigint := now_us();
  v_ends boolean := true;
  a publish_attempt%ROWTYPE;
BEGIN
  UPDATE publish_attempt x
     SET status = p_status, http_status = p_http_status, reason = p_reason, finished_at_us = v_now
   WHERE x.id = p_attempt_id
  RETURNING * INTO STRICT a;
  IF p_status = 'accepted' THEN
    SELECT n.verdict = 'accepted' INTO v_ends
      FROM next_storefront(a.tenant_id, a.item_id, a.version, a.replay_id, '{}') n;
  ELSIF p_status = 'rejected' THEN
    v_ends := NOT EXISTS (SELECT 1 FROM storefront s
                           WHERE s.tenant_id = a.tenant_id AND s.name = a.storefront AND s.nos_from >= a.id)
          AND NOT EXISTS (SELECT 1 FROM open_storefronts(ARRAY[a.tenant_id]) s
                           WHERE s.name = a.storefront AND s.nos_from >= a.id);
  END IF;
  IF p_status IN ('accepted', 'rejected') AND v_ends THEN
    PERFORM end_publication(a.item_id, a.version, p_status, p_reason);
  END IF;
  IF a.replay_id IS NOT NULL AND v_ends THEN
    UPDATE replay_item x SET published_version = a.version, publication = p_status
     WHERE x.replay_id = a.replay_id AND x.item_id = a.item_id;
    IF p_status = 'accepted' THEN
      PERFORM finish_replay_event(a.replay_id, a.event_seq, NULL, NULL);
    END IF;
  END IF;
  RETURN QUERY SELECT v_now;
END $$;

-- Opens an attempt to tell a storefront an item's current version, unless there is a reason not to.
-- verdict: send (attempt_id is then given), withheld (a flag is closed), overtaken, postponed (something newer of the item is
-- due: for two seconds from its making the version waits to be overtaken), accepted (told already), or what
-- next_storefront says, which also says which one it is; with all storefronts closed, withheld. queue: it has limits, and
-- the turn at hand (p_turn) is not one of its. Without p_message_id the message has the id that message_id gives it. The flag
-- is that of the event that made the version, which in a replay need not be the event at hand; and a replay tells a version that is accepted again, once. Which version is told comes through
-- Temporal: live it has to be one that the event made, in a replay one from when the item's last event had its outcome; any
-- other raises no_data_found.
CREATE OR REPLACE FUNCTION begin_publish_attempt(p_seq bigint, p_item_id text, p_version integer,
                                                 p_workflow_id text, p_message_id text, p_replay_id text,
                                                 p_failed text[] DEFAULT '{}'::text[],
                                                 p_turn text DEFAULT NULL::text)
 RETURNS TABLE(verdict text, attempt_id bigint, quantity integer, storefront text, kind text, url text, config jsonb,
               secret bytea, secret_before bytea, several boolean, limits jsonb, message_id text)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $$
#variable_conflict use_column
DECLARE
  e supplier_event%ROWTYPE;
  v_supplier text;
  v_quantity integer;
  v_publication text;
  v_event_seq bigint;
  v_current integer;
  v_made bigint;
  v_postpones boolean;
  v_updated_at bigint;
  v_verdict text;
  v_attempt bigint;
  v_storefront text;
  v_several boolean;
  v_limits jsonb;
  v_message_id text := coalesce(p_message_id, message_id(p_item_id, p_version, p_replay_id));
BEGIN
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(e.tenant_id));
  PERFORM pg_advisory_xact_lock_shared(item_lock(p_item_id));
  SELECT v.quantity, v.publication, v.event_seq, v.created_at_us, v.updated_at_us, m.supplier_id
    INTO STRICT v_quantity, v_publication, v_event_seq, v_made, v_updated_at, v_supplier
    FROM catalog_item_version v JOIN supplier_event m ON m.seq = v.event_seq
   WHERE v.item_id = p_item_id AND v.version = p_version;
  IF p_replay_id IS NULL AND v_event_seq <> p_seq
     OR p_replay_id IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM replay_event x
         JOIN replay_item o ON o.replay_id = x.replay_id AND o.item_id = p_item_id
        WHERE x.replay_id = p_replay_id AND x.seq = p_seq AND x.is_last AND x.outcome IS NOT NULL
          AND p_version >= coalesce(o.version_after, 0))
  THEN
    RAISE no_data_found USING MESSAGE = format('version %s of %s is not for event %s to tell', p_version, p_item_id, p_seq);
  END IF;
  SELECT i.version INTO v_current FROM catalog_item i WHERE i.item_id = p_item_id;

  v_verdict := CASE
    WHEN v_current IS DISTINCT FROM p_version THEN 'overtaken'
    WHEN v_publication = 'accepted' AND p_replay_id IS NULL THEN 'accepted'
    WHEN EXISTS (SELECT 1 FROM replay_item x
                  WHERE x.replay_id = p_replay_id AND x.item_id = p_item_id
                    AND x.published_version = p_version AND x.publication = 'accepted') THEN 'accepted'
    WHEN NOT event_flows(e.tenant_id, v_supplier) THEN 'withheld'
    ELSE 'send' END;
  IF v_verdict = 'send' THEN
    SELECT n.verdict, n.storefront, n.several INTO v_verdict, v_storefront, v_several
      FROM next_storefront(e.tenant_id, p_item_id, p_version, p_replay_id, p_failed) n;
    SELECT s.limits INTO v_limits FROM storefront s WHERE s.tenant_id = e.tenant_id AND s.name = v_storefront;
    v_verdict := CASE WHEN v_verdict = 'closed' THEN 'withheld'
                      WHEN v_verdict = 'send' AND v_limits IS NOT NULL AND v_storefront IS DISTINCT FROM p_turn THEN 'queue'
                      ELSE v_verdict END;
  END IF;
  -- A worker of the release that gives its own id knows no such answer. What was made in the future, by a clock that has gone
  -- back since, would wait for longer.
  v_postpones := v_verdict = 'send' AND p_message_id IS NULL AND p_replay_id IS NULL AND v_publication = 'due'
    AND v_made BETWEEN now_us() - postpone_us() + 1 AND now_us() AND awaits_newer(e.tenant_id, p_item_id, v_updated_at);
  IF v_postpones THEN
    -- The first that nobody was told of counts: versions that wait for the next one, each, would leave an item that changes
    -- all the time untold for ever.
    SELECT coalesce(min(o.created_at_us), v_made) INTO v_made FROM catalog_item_version o
     WHERE o.item_id = p_item_id AND o.version <= p_version
       AND o.version > coalesce((SELECT max(a.version) FROM publish_attempt a WHERE a.item_id = p_item_id), 0);
  END IF;
  IF v_postpones AND v_made > now_us() - postpone_us() THEN
    v_verdict := 'postponed';
    v_storefront := NULL;
    -- Whoever makes the newer version takes this due time away: see overtake_versions.
    UPDATE supplier_event x SET start_due_us = v_made + postpone_us(), started_by = NULL
     WHERE x.seq = p_seq AND x.decision IS NOT NULL;
  END IF;

  IF v_verdict = 'send' THEN
    INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, replay_id, message_id, storefront)
    VALUES (p_item_id, p_version, p_seq, p_workflow_id, p_replay_id, v_message_id, v_storefront)
    RETURNING id INTO v_attempt;
  ELSIF v_verdict = 'rejected' AND p_replay_id IS NULL AND v_publication IN ('due', 'withheld') THEN
    -- Nobody else is left to say how it ends: the no came first, or those who were waited for are closed or gone.
    PERFORM end_publication(p_item_id, p_version, 'rejected', (
      SELECT a.reason FROM publish_attempt a
        LEFT JOIN storefront s ON s.tenant_id = a.tenant_id AND s.name = a.storefront
       WHERE a.item_id = p_item_id AND a.version = p_version AND a.status = 'rejected'
         AND coalesce(s.state, 'open') = 'open' AND a.id > coalesce(s.nos_from, 0)
       ORDER BY a.id DESC LIMIT 1));
  ELSIF v_verdict NOT IN ('later', 'rejected', 'queue', 'postponed') THEN
    -- By all that are open now, whoever was waited for. What a replay is done with may be due again for another one.
    IF v_verdict = 'accepted' AND v_publication <> 'accepted' AND v_several IS NOT NULL THEN
      PERFORM end_publication(p_item_id, p_version, 'accepted', NULL);
    END IF;
    IF p_replay_id IS NULL THEN
      -- Whatever else of the event is to be done, is still to be done.
      UPDATE supplier_event x
         SET start_due_us = NULL, held_at_us = CASE WHEN v_verdict = 'withheld' THEN now_us() END
       WHERE x.seq = p_seq AND x.decision IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM catalog_item_version o
                          WHERE o.event_seq = p_seq AND o.publication IN ('due', 'withheld')
                            AND (o.item_id, o.version) <> (p_item_id, p_version));
    ELSE
      -- Opened flags let go what is withheld, by the event that made the version.
      UPDATE supplier_event x SET start_due_us = NULL, held_at_us = now_us()
       WHERE x.seq = v_event_seq AND v_verdict = 'withheld' AND v_publication IN ('due', 'withheld');
      UPDATE replay_item x SET published_version = p_version, publication = v_verdict
       WHERE x.replay_id = p_replay_id AND x.item_id = p_item_id;
      PERFORM finish_replay_event(p_replay_id, p_seq, NULL, NULL);
    END IF;
    IF v_verdict IN ('withheld', 'overtaken') THEN
      UPDATE catalog_item_version v SET publication = v_verdict, publication_at_us = now_us()
       WHERE v.item_id = p_item_id AND v.version = p_version AND v.publication IN ('due', 'withheld');
    END IF;
  END IF;
  RETURN QUERY SELECT v_verdict, v_attempt, v_quantity, v_storefront, s.kind, s.url, s.config, s.secret,
                      CASE WHEN s.secret_before_until_us > now_us() THEN s.secret_before END, v_several, v_limits,
                      v_message_id
    FROM tenant t LEFT JOIN storefront s ON s.tenant_id = t.id AND s.name = v_storefront
   WHERE t.id = e.tenant_id;
END $$;

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
