-- What came through Temporal is held against what was done: a publication against who made its version, the end of a
-- command against its row, and the end of retries against when they began.

ALTER TABLE "replay_event" ADD COLUMN "first_due_us" BIGINT;
UPDATE "replay_event" SET "first_due_us" = now_us() WHERE "start_due_us" IS NOT NULL;

ALTER TABLE "gate_request" ADD COLUMN "missing" JSONB;

-- Makes the next events of a replay due, in the window's order: never more than p_window undecided, nor p_waiting that
-- wait for a storefront only, never more than its rate, and an item's last event only when its others are done, so
-- that what it publishes is the outcome of all.
CREATE OR REPLACE FUNCTION advance_replay(p_replay_id text, p_window integer, p_waiting integer)
 RETURNS TABLE(running boolean, under_way integer, made_due integer, undone boolean)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  r replay%ROWTYPE;
  v_undecided integer;
  v_under_way integer;
  v_room integer;
  v_made integer := 0;
BEGIN
  SELECT * INTO STRICT r FROM replay x WHERE x.id = p_replay_id FOR NO KEY UPDATE;
  IF r.state <> 'running' THEN
    RETURN QUERY SELECT false, 0, 0, false;
    RETURN;
  END IF;
  SELECT count(*) FILTER (WHERE x.outcome IS NULL), count(*) INTO v_undecided, v_under_way FROM replay_event x
   WHERE x.replay_id = p_replay_id AND x.done_at_us IS NULL AND x.start_due_us IS NOT NULL;
  v_room := least(p_window - v_undecided, p_waiting - v_under_way);
  IF r.rate_per_second IS NOT NULL THEN
    -- At most a second's worth is saved up; a pace from the future is that of a clock that has gone back.
    r.paced_at_us := CASE WHEN r.paced_at_us > v_now THEN v_now - 1000000
                          ELSE greatest(r.paced_at_us, v_now - 1000000) END;
    v_room := least(v_room, ((v_now - r.paced_at_us) * r.rate_per_second) / 1000000);
  END IF;
  IF v_room > 0 THEN
    WITH turn AS MATERIALIZED (
      SELECT x.seq FROM replay_event x
       WHERE x.replay_id = p_replay_id AND x.start_due_us IS NULL AND x.done_at_us IS NULL
         AND NOT (x.is_last AND EXISTS (
           SELECT 1 FROM replay_event o
            WHERE o.replay_id = p_replay_id AND o.item_id = x.item_id AND o.done_at_us IS NULL AND o.seq <> x.seq))
       ORDER BY x.order_us, x.seq
       LIMIT v_room
    )
    UPDATE replay_event x SET start_due_us = v_now, first_due_us = v_now
      FROM turn WHERE x.replay_id = p_replay_id AND x.seq = turn.seq;
    GET DIAGNOSTICS v_made = ROW_COUNT;
  END IF;
  IF v_made > 0 THEN
    IF r.rate_per_second IS NOT NULL THEN
      UPDATE replay x SET paced_at_us = r.paced_at_us + v_made * 1000000::bigint / r.rate_per_second
       WHERE x.id = p_replay_id;
    END IF;
    PERFORM pg_notify('supplier_event', '');
  END IF;
  RETURN QUERY SELECT true, v_under_way + v_made, v_made,
    EXISTS (SELECT 1 FROM replay_event x WHERE x.replay_id = p_replay_id AND x.done_at_us IS NULL);
END $$;

-- Opens an attempt to tell the storefront an item's current version, unless there is a reason not to.
-- verdict: send (attempt_id is then given), withheld (a flag is closed), overtaken, or accepted (told already).
-- The flag is that of the event that made the version, which in a replay need not be the event at hand; and a replay
-- tells a version that is accepted again, once. Which version is told comes through Temporal: live it has to be one that
-- the event made, in a replay one from when the item's last event had its outcome; any other raises no_data_found.
CREATE OR REPLACE FUNCTION begin_publish_attempt(p_seq bigint, p_item_id text, p_version integer,
                                                 p_workflow_id text, p_message_id text, p_replay_id text)
 RETURNS TABLE(verdict text, attempt_id bigint, quantity integer, storefront_url text,
               storefront_secret bytea, storefront_secret_before bytea)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  e supplier_event%ROWTYPE;
  v_supplier text;
  v_quantity integer;
  v_publication text;
  v_event_seq bigint;
  v_current integer;
  v_verdict text;
  v_attempt bigint;
BEGIN
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(e.tenant_id));
  PERFORM pg_advisory_xact_lock_shared(item_lock(p_item_id));
  SELECT v.quantity, v.publication, v.event_seq, m.supplier_id
    INTO STRICT v_quantity, v_publication, v_event_seq, v_supplier
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
    INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, replay_id, message_id)
    VALUES (p_item_id, p_version, p_seq, p_workflow_id, p_replay_id, p_message_id)
    RETURNING id INTO v_attempt;
  ELSE
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
       WHERE x.replay_id = p_replay_id AND x.item_id = p_item_id AND v_verdict <> 'accepted';
      PERFORM finish_replay_event(p_replay_id, p_seq, NULL, NULL);
    END IF;
    IF v_verdict IN ('withheld', 'overtaken') THEN
      UPDATE catalog_item_version v SET publication = v_verdict, publication_at_us = now_us()
       WHERE v.item_id = p_item_id AND v.version = p_version AND v.publication IN ('due', 'withheld');
    END IF;
  END IF;
  RETURN QUERY SELECT v_verdict, v_attempt, v_quantity, t.storefront_url, t.storefront_secret,
                      CASE WHEN t.storefront_secret_before_until_us > now_us() THEN t.storefront_secret_before END
    FROM tenant t WHERE t.id = e.tenant_id;
END $$;

-- Writes down how an attempt ended: accepted, rejected (both end the event), or failed (it will be tried again).
-- The answer is the version's, so it ends the event that made the version.
CREATE OR REPLACE FUNCTION finish_publish_attempt(p_attempt_id bigint, p_status text, p_http_status integer,
                                                  p_reason text)
 RETURNS TABLE(finished_at_us bigint)
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_maker bigint;
  v_publication text;
  v_more boolean;
  a publish_attempt%ROWTYPE;
BEGIN
  UPDATE publish_attempt x
     SET status = p_status, http_status = p_http_status, reason = p_reason, finished_at_us = v_now
   WHERE x.id = p_attempt_id
  RETURNING * INTO STRICT a;
  IF p_status IN ('accepted', 'rejected') THEN
    SELECT v.event_seq INTO v_maker
      FROM catalog_item_version v WHERE v.item_id = a.item_id AND v.version = a.version;
    PERFORM 1 FROM supplier_event x WHERE x.seq = v_maker FOR NO KEY UPDATE;
    SELECT v.publication INTO v_publication
      FROM catalog_item_version v WHERE v.item_id = a.item_id AND v.version = a.version FOR NO KEY UPDATE;
    -- A void may have given its maker a newer one meanwhile.
    v_more := EXISTS (SELECT 1 FROM catalog_item_version o
                       WHERE o.event_seq = v_maker AND o.publication IN ('due', 'withheld')
                         AND (o.item_id, o.version) <> (a.item_id, a.version));
    -- An accepted version stays accepted: a later refusal of the same content does not take it off the page.
    UPDATE catalog_item_version v SET publication = p_status, publication_at_us = v_now
     WHERE v.item_id = a.item_id AND v.version = a.version AND v.publication <> 'accepted';
    UPDATE supplier_event x
       SET start_due_us = CASE WHEN v_more THEN x.start_due_us END, held_at_us = CASE WHEN v_more THEN x.held_at_us END,
           failure_mode = CASE WHEN p_status = 'accepted' THEN NULL
                               WHEN v_publication = 'accepted' THEN x.failure_mode ELSE 'publish_rejected' END,
           failure_detail = CASE WHEN p_status = 'accepted' THEN NULL
                                 WHEN v_publication = 'accepted' THEN x.failure_detail ELSE p_reason END
     WHERE x.seq = v_maker AND x.decision IS NOT NULL;
  END IF;
  IF a.replay_id IS NOT NULL THEN
    UPDATE replay_item x SET published_version = a.version, publication = p_status
     WHERE x.replay_id = a.replay_id AND x.item_id = a.item_id;
    IF p_status = 'accepted' THEN
      PERFORM finish_replay_event(a.replay_id, a.event_seq, NULL, NULL);
    END IF;
  END IF;
  RETURN QUERY SELECT v_now;
END $$;

-- Writes down that an event's workflow ends in failure, so that the ledger says what the workflow says. A workflow is not
-- its own witness: without proof (p_patience_us is 0 with it) a publication's retries are believed to have ended when they
-- can have lasted p_patience_us, in the words of the last attempt; an undecided event stays due, with its failure beside
-- it, and is tried for as long as it takes. What a storefront refused was written down with its attempt.
-- Answers whether the event has ended so.
CREATE OR REPLACE FUNCTION record_event_failure(p_seq bigint, p_failure_mode text, p_detail text,
                                                p_patience_us bigint, p_rule_id integer DEFAULT NULL::integer)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
DECLARE
  -- Between Temporal's clock and this one.
  v_slack constant bigint := 60000000;
  v_now bigint := now_us();
  e supplier_event%ROWTYPE;
  last publish_attempt%ROWTYPE;
BEGIN
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq FOR NO KEY UPDATE;
  IF p_failure_mode IN ('malformed_sku', 'clock_drift') THEN
    UPDATE supplier_event x
       SET decision = 'rejected', rule = p_failure_mode, decision_no = nextval('decision_no_seq'),
           decided_at_us = v_now, failure_mode = p_failure_mode, failure_detail = p_detail, judged_by = p_rule_id,
           start_due_us = NULL, held_at_us = NULL
     WHERE x.seq = p_seq AND x.decision IS NULL;
    RETURN FOUND;
  END IF;
  SELECT a.* INTO last FROM publish_attempt a
   WHERE (a.item_id, a.version) = (SELECT v.item_id, v.version FROM catalog_item_version v
                                    WHERE v.event_seq = p_seq ORDER BY v.version DESC LIMIT 1)
   ORDER BY a.id DESC LIMIT 1;
  IF p_failure_mode = 'publish_rejected' THEN
    RETURN coalesce(last.status = 'rejected', false);
  END IF;
  IF p_patience_us > 0 THEN
    IF e.start_due_us IS NULL
      -- Nothing was tried before it came, was let go, or had its newest version.
      OR v_now + v_slack < p_patience_us + greatest(
           e.received_at_us,
           (SELECT max(v.created_at_us) FROM catalog_item_version v WHERE v.event_seq = p_seq),
           (SELECT greatest(t.opened_at_us, s.opened_at_us) FROM tenant t JOIN supplier s ON s.tenant_id = t.id
             WHERE t.id = e.tenant_id AND s.id = e.supplier_id AND e.held_at_us IS NOT NULL))
    THEN
      RETURN false;
    END IF;
    IF e.decision IS NULL THEN
      UPDATE supplier_event x SET failure_mode = 'transaction_timeout', failure_detail = p_detail WHERE x.seq = p_seq;
      RETURN false;
    END IF;
    IF p_failure_mode = 'storefront_unreachable' THEN
      p_detail := coalesce(last.reason, p_detail);
    END IF;
  END IF;
  UPDATE catalog_item_version v SET publication = 'failed', publication_at_us = v_now
   WHERE v.event_seq = p_seq AND v.publication = 'due';
  UPDATE supplier_event x
     SET failure_mode = p_failure_mode, failure_detail = p_detail, start_due_us = NULL, held_at_us = NULL
   WHERE x.seq = p_seq;
  RETURN true;
END $$;

-- Writes down that an event's workflow in a replay ends in failure, if it is believed: see record_event_failure. Its clock
-- is its own: nothing was tried before it was made due. What it says of the event goes into the ledger as if said live;
-- that a storefront could not be told goes to the event that made the version, in the words of the last attempt. What the
-- replay made and will not publish goes the way of live events.
CREATE OR REPLACE FUNCTION record_resync_failure(p_seq bigint, p_replay_id text, p_failure_mode text,
                                                 p_detail text, p_patience_us bigint,
                                                 p_rule_id integer DEFAULT NULL::integer)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
DECLARE
  v_slack constant bigint := 60000000;
  v_since bigint;
  r replay_event%ROWTYPE;
  told publish_attempt%ROWTYPE;
BEGIN
  SELECT * INTO STRICT r FROM replay_event x WHERE x.replay_id = p_replay_id AND x.seq = p_seq;
  IF r.done_at_us IS NOT NULL THEN
    RETURN false;
  END IF;
  SELECT * INTO told FROM publish_attempt a
   WHERE a.item_id = r.item_id AND a.replay_id = p_replay_id AND a.event_seq = p_seq
   ORDER BY a.id DESC LIMIT 1;
  IF p_failure_mode IN ('malformed_sku', 'clock_drift') THEN
    PERFORM record_event_failure(p_seq, p_failure_mode, p_detail, 0, p_rule_id);
  ELSIF p_failure_mode = 'publish_rejected' THEN
    IF told.status IS DISTINCT FROM 'rejected' THEN
      RETURN false;
    END IF;
  ELSE
    IF p_failure_mode = 'storefront_unreachable' THEN
      SELECT min(a.started_at_us) INTO v_since FROM publish_attempt a
       WHERE a.item_id = r.item_id AND a.replay_id = p_replay_id AND a.event_seq = p_seq;
    END IF;
    v_since := coalesce(v_since, r.first_due_us);
    IF p_patience_us > 0 AND (v_since IS NULL OR now_us() + v_slack < p_patience_us + v_since) THEN
      RETURN false;
    END IF;
    IF p_failure_mode = 'storefront_unreachable' THEN
      PERFORM record_event_failure(v.event_seq, p_failure_mode, coalesce(told.reason, p_detail), 0)
         FROM catalog_item_version v
        WHERE v.item_id = told.item_id AND v.version = told.version AND v.publication <> 'accepted';
    ELSE
      PERFORM record_event_failure(p_seq, p_failure_mode, p_detail, p_patience_us)
         FROM supplier_event e WHERE e.seq = p_seq AND e.decision IS NULL;
    END IF;
  END IF;
  IF r.is_last THEN
    PERFORM settle_replay_items(p_replay_id, r.item_id);
    UPDATE supplier_event x SET start_due_us = now_us()
      FROM catalog_item_version v
     WHERE v.item_id = r.item_id AND v.replay_id = p_replay_id AND v.publication = 'due'
       AND x.seq = v.event_seq AND x.start_due_us IS NULL;
  END IF;
  PERFORM finish_replay_event(p_replay_id, p_seq,
    CASE WHEN p_failure_mode IN ('malformed_sku', 'clock_drift') THEN 'rejected' ELSE 'failed' END, p_failure_mode);
  RETURN true;
END $$;
