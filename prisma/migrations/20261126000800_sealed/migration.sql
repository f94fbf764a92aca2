-- Temporal is a queue, and no authority: what it carries names rows, and what it says is believed on evidence.

-- A command of the gate is written down by whoever may give it; Temporal carries its id only.
ALTER TABLE gate_request
  ALTER COLUMN answer DROP NOT NULL,
  ADD COLUMN name text,
  ADD COLUMN said jsonb,
  ADD COLUMN actor text,
  ADD COLUMN role text,
  ADD COLUMN token_id text,
  ADD COLUMN expires_at_us bigint;

-- How far a replay is in its window stands in its row.
ALTER TABLE replay ADD COLUMN cursor_us bigint, ADD COLUMN cursor_seq bigint;

DROP FUNCTION record_event_failure(bigint, text, text);
DROP FUNCTION record_resync_failure(bigint, text, text, text);

-- Decides an event's contest for its item and writes everything that follows from it. Run again, it changes nothing.
-- The locks come first and each statement has a snapshot of its own: a loser that waited behind a winner sees
-- that winner. The same statement with the lock inside would still see the catalog from before the wait.
-- A void, and an event that was voided before it was decided, take no part: their outcome is their decision.
-- A rejected event is decided anew by a replay only.
-- outcome: won, superseded, held, applied, voided or rejected; publish: whether the version given has to be told to the storefront.
CREATE OR REPLACE FUNCTION save_catalog_item(p_seq bigint, p_item_id text, p_sku text, p_replay_id text)
 RETURNS TABLE(outcome text, rule text, version integer, quantity integer, publish boolean,
               lost_to_supplier text, lost_to_event text, decided_at_us bigint, fresh boolean)
 LANGUAGE plpgsql
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

  -- The winner's figures come from the ledger, not from the catalog row, which a hand may have altered.
  SELECT x.* INTO w FROM catalog_item i JOIN supplier_event x ON x.seq = i.winner_seq
   WHERE i.item_id = p_item_id AND x.voided_by_seq IS NULL;
  IF w.seq IS NULL THEN
    -- The item's first event; or else a hand has taken the row away, and the ledger still knows who wins.
    SELECT x.* INTO w FROM supplier_event x WHERE x.seq = true_winner(p_item_id);
  END IF;
  v_rule := contest_rule(e.updated_at_us, e.quantity, e.supplier_id, e.event_id,
                         w.updated_at_us, w.quantity, w.supplier_id, w.event_id);
  v_wins := is_winning_rule(v_rule);
  v_changes := v_rule IN ('first', 'newer', 'lower_quantity');

  IF v_wins THEN
    IF NOT v_changes THEN
      SELECT coalesce(max(v.version), 0) INTO v_version FROM catalog_item_version v WHERE v.item_id = p_item_id;
    ELSE
      v_version := next_version(p_item_id, 0);
      UPDATE catalog_item_version v SET publication = 'overtaken', publication_at_us = v_now
       WHERE v.item_id = p_item_id AND v.publication IN ('due', 'withheld');
      INSERT INTO catalog_item_version (item_id, version, event_seq, quantity, updated_at_us, rule, created_at_us,
                                        publication_at_us, replay_id)
      VALUES (p_item_id, v_version, p_seq, e.quantity, e.updated_at_us, v_rule, v_now, v_now, p_replay_id);
    END IF;
    INSERT INTO catalog_item AS i (item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, winner_seq,
                                   version)
    VALUES (p_item_id, e.tenant_id, p_sku, e.quantity, e.updated_at_us, e.supplier_id, e.event_id, p_seq, v_version)
    ON CONFLICT (item_id) DO UPDATE
       SET quantity = excluded.quantity, updated_at_us = excluded.updated_at_us, supplier_id = excluded.supplier_id,
           event_id = excluded.event_id, winner_seq = excluded.winner_seq, version = excluded.version;
  END IF;

  UPDATE supplier_event x
     SET decision = CASE WHEN v_wins THEN 'won' ELSE 'superseded' END,
         decision_no = nextval('decision_no_seq'), decided_at_us = v_now, rule = v_rule,
         item_id = p_item_id, version = v_version, held_at_us = NULL,
         lost_to_seq = CASE WHEN NOT v_wins THEN w.seq END, beat_seq = CASE WHEN v_wins THEN w.seq END,
         failure_mode = CASE WHEN NOT v_wins THEN 'stale_catalog_version' END, failure_detail = NULL,
         start_due_us = CASE WHEN v_changes THEN x.start_due_us END
   WHERE x.seq = p_seq;

  RETURN QUERY SELECT CASE WHEN v_wins THEN 'won' ELSE 'superseded' END, v_rule, v_version, e.quantity,
    v_wins AND (v_changes OR p_replay_id IS NOT NULL),
    CASE WHEN NOT v_wins THEN w.supplier_id END, CASE WHEN NOT v_wins THEN w.event_id END, v_now, true;
END $$;

-- Writes down that an event's workflow ends in failure, so that the ledger says what the workflow says. A workflow is not
-- its own witness: that its retries have ended is believed when they can have lasted p_patience_us, and a storefront's no
-- when the attempt says it. What is not believed leaves the event due. Answers whether it is.
CREATE OR REPLACE FUNCTION record_event_failure(p_seq bigint, p_failure_mode text, p_detail text,
                                                p_patience_us bigint)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
DECLARE
  -- Between Temporal's clock and this one.
  v_slack constant bigint := 60000000;
  v_now bigint := now_us();
  e supplier_event%ROWTYPE;
BEGIN
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq FOR NO KEY UPDATE;
  IF p_failure_mode IN ('malformed_sku', 'clock_drift') THEN
    UPDATE supplier_event x
       SET decision = 'rejected', rule = p_failure_mode, decision_no = nextval('decision_no_seq'),
           decided_at_us = v_now, failure_mode = p_failure_mode, failure_detail = p_detail,
           start_due_us = NULL, held_at_us = NULL
     WHERE x.seq = p_seq AND x.decision IS NULL;
    RETURN FOUND;
  END IF;
  IF p_failure_mode = 'publish_rejected' THEN
    IF NOT EXISTS (
      SELECT 1 FROM (SELECT a.status FROM publish_attempt a
                      WHERE (a.item_id, a.version) = (SELECT v.item_id, v.version FROM catalog_item_version v
                                                       WHERE v.event_seq = p_seq ORDER BY v.version DESC LIMIT 1)
                      ORDER BY a.id DESC LIMIT 1) last
       WHERE last.status = 'rejected')
    THEN
      RETURN false;
    END IF;
  ELSIF v_now + v_slack < p_patience_us + (CASE
          WHEN p_failure_mode = 'storefront_unreachable'
          THEN coalesce((SELECT max(v.created_at_us) FROM catalog_item_version v WHERE v.event_seq = p_seq), v_now)
          ELSE e.received_at_us END) THEN
    RETURN false;
  END IF;
  UPDATE catalog_item_version v SET publication = 'failed', publication_at_us = v_now
   WHERE v.event_seq = p_seq AND v.publication = 'due' AND p_failure_mode <> 'publish_rejected';
  UPDATE supplier_event x
     SET failure_mode = p_failure_mode, failure_detail = p_detail, start_due_us = NULL, held_at_us = NULL
   WHERE x.seq = p_seq;
  RETURN true;
END $$;

-- Writes down that an event's workflow in a replay ends in failure, if it is believed: see record_event_failure. What it
-- says of the event goes into the ledger as ever; what it says of a publication goes to the event that made the version.
CREATE OR REPLACE FUNCTION record_resync_failure(p_seq bigint, p_replay_id text, p_failure_mode text,
                                                 p_detail text, p_patience_us bigint)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
DECLARE
  v_slack constant bigint := 60000000;
  r replay_event%ROWTYPE;
  told publish_attempt%ROWTYPE;
BEGIN
  SELECT * INTO STRICT r FROM replay_event x WHERE x.replay_id = p_replay_id AND x.seq = p_seq;
  IF r.done_at_us IS NOT NULL THEN
    RETURN false;
  END IF;
  IF p_failure_mode IN ('malformed_sku', 'clock_drift') THEN
    PERFORM record_event_failure(p_seq, p_failure_mode, p_detail, 0);
  ELSIF p_failure_mode IN ('publish_rejected', 'storefront_unreachable') THEN
    SELECT * INTO told FROM publish_attempt a
     WHERE a.item_id = r.item_id AND a.replay_id = p_replay_id AND a.event_seq = p_seq
     ORDER BY a.id DESC LIMIT 1;
    IF p_failure_mode = 'publish_rejected' AND told.status IS DISTINCT FROM 'rejected'
       OR p_failure_mode = 'storefront_unreachable' AND now_us() + v_slack < p_patience_us + coalesce(
         (SELECT min(a.started_at_us) FROM publish_attempt a
           WHERE a.item_id = r.item_id AND a.replay_id = p_replay_id AND a.event_seq = p_seq),
         (SELECT x.created_at_us FROM replay x WHERE x.id = p_replay_id))
    THEN
      RETURN false;
    END IF;
    PERFORM record_event_failure(v.event_seq, p_failure_mode, p_detail, 0)
       FROM catalog_item_version v
      WHERE v.item_id = told.item_id AND v.version = told.version AND v.publication <> 'accepted';
  ELSE
    IF now_us() + v_slack < p_patience_us + (SELECT x.created_at_us FROM replay x WHERE x.id = p_replay_id) THEN
      RETURN false;
    END IF;
    PERFORM record_event_failure(p_seq, p_failure_mode, p_detail, 0)
       FROM supplier_event e WHERE e.seq = p_seq AND e.decision IS NULL;
  END IF;
  IF r.is_last THEN
    PERFORM settle_replay_items(p_replay_id, r.item_id);
  END IF;
  PERFORM finish_replay_event(p_replay_id, p_seq,
    CASE WHEN p_failure_mode IN ('malformed_sku', 'clock_drift') THEN 'rejected' ELSE 'failed' END, p_failure_mode);
  RETURN true;
END $$;

-- Ends a replay; completed it is only when all its events are done. What it has started goes on to its end; what it made but will not publish goes the way of live events.
CREATE OR REPLACE FUNCTION end_replay(p_replay_id text, p_state text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
BEGIN
  IF p_state = 'completed' AND EXISTS (
    SELECT 1 FROM replay r
     WHERE r.id = p_replay_id
       AND (r.prepared_at_us IS NULL
            OR EXISTS (SELECT 1 FROM replay_event x WHERE x.replay_id = r.id AND x.done_at_us IS NULL)))
  THEN
    RETURN false;
  END IF;
  -- Waits for the saves that are under way; each later one sees that the replay has ended.
  UPDATE replay r SET state = p_state, finished_at_us = now_us(), start_due_us = NULL
   WHERE r.id = p_replay_id AND r.state = 'running';
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  -- Items before events, as whoever ends an attempt takes them.
  PERFORM settle_replay_items(p_replay_id, NULL);
  PERFORM show_replay_items(p_replay_id, NULL);
  -- What a worker has claimed keeps its lease: whether its workflow really began, only Temporal knows.
  UPDATE replay_event x SET start_due_us = NULL
   WHERE x.replay_id = p_replay_id AND x.start_due_us IS NOT NULL AND x.start_count = 0;
  UPDATE supplier_event e SET start_due_us = now_us()
    FROM catalog_item_version v
   WHERE v.replay_id = p_replay_id AND v.publication = 'due' AND e.seq = v.event_seq AND e.start_due_us IS NULL
     AND NOT EXISTS (SELECT 1 FROM replay_event x
                      WHERE x.replay_id = p_replay_id AND x.item_id = v.item_id AND x.is_last AND x.start_count > 0
                        AND x.done_at_us IS NULL);
  RETURN true;
END $$;

-- What is due later than any lease puts it off was put off by a clock that has gone back since: it is due now. Where a
-- clock went back by less, the lease is that much longer.
CREATE OR REPLACE FUNCTION bring_back_due_times(p_longest_us bigint)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_count integer;
  v_all integer := 0;
BEGIN
  UPDATE supplier_event e SET start_due_us = v_now
    FROM (SELECT late.seq FROM tenant t
           CROSS JOIN LATERAL (SELECT o.seq FROM supplier_event o
                                WHERE o.tenant_id = t.id AND o.start_due_us > v_now + p_longest_us
                                  FOR NO KEY UPDATE SKIP LOCKED) late) late
   WHERE e.seq = late.seq;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_all := v_all + v_count;
  UPDATE replay_event x SET start_due_us = v_now
    FROM (SELECT o.replay_id, o.seq FROM replay_event o WHERE o.start_due_us > v_now + p_longest_us
             FOR NO KEY UPDATE SKIP LOCKED) late
   WHERE x.replay_id = late.replay_id AND x.seq = late.seq;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_all := v_all + v_count;
  UPDATE replay r SET start_due_us = v_now
    FROM (SELECT o.id FROM replay o WHERE o.start_due_us > v_now + p_longest_us
             FOR NO KEY UPDATE SKIP LOCKED) late
   WHERE r.id = late.id;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_all := v_all + v_count;
  UPDATE sweep s SET start_due_us = v_now
    FROM (SELECT o.id FROM sweep o WHERE o.start_due_us > v_now + p_longest_us
             FOR NO KEY UPDATE SKIP LOCKED) late
   WHERE s.id = late.id;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_all + v_count;
END $$;
