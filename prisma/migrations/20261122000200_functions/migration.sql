-- Locks. A tenant's is taken shared by whatever reads its flags and acts on them, and exclusively by what moves
-- the flags: after such a change commits, nothing goes on by the old flags. An item's puts its writers in a row.
-- The order is always tenant, item, event, version.
CREATE FUNCTION tenant_lock(p_tenant text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN hashtextextended('tenant:' || p_tenant, 0);
CREATE FUNCTION item_lock(p_item text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN hashtextextended('item:' || p_item, 0);

-- Numbers decisions in the order in which they fell.
CREATE SEQUENCE decision_no_seq;

CREATE FUNCTION event_flows(p_tenant text, p_supplier text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT t.state <> 'closed' AND s.state = 'open'
    FROM supplier s JOIN tenant t ON t.id = s.tenant_id
   WHERE s.tenant_id = p_tenant AND s.id = p_supplier
$$;

CREATE FUNCTION event_digest(p_sku text, p_quantity integer, p_updated_at_us bigint) RETURNS bytea
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN sha256(convert_to(p_sku || E'\n' || p_quantity || E'\n' || p_updated_at_us, 'UTF8'));

-- Puts a delivery into the ledger: all of it or, on an error, nothing.
-- p_events: [{"eventId","sku","quantity","updatedAtUs","workflowId"}]; answers in the same order.
-- A statement each, because only a later statement's snapshot sees a row that ON CONFLICT waited for.
CREATE FUNCTION record_supplier_events(p_tenant text, p_supplier text, p_events jsonb)
  RETURNS TABLE (event_id text, workflow_id text, status text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  v_new bigint[];
BEGIN
  -- Sorted, so that two deliveries with the same events wait for each other instead of deadlocking.
  WITH arrived AS (
    SELECT DISTINCT ON (d."eventId" COLLATE "C") d.*
      FROM ROWS FROM (jsonb_to_recordset(p_events)
             AS ("eventId" text, sku text, quantity integer, "updatedAtUs" bigint, "workflowId" text)) WITH ORDINALITY
             AS d ("eventId", sku, quantity, "updatedAtUs", "workflowId", no)
     ORDER BY d."eventId" COLLATE "C", d.no
  ), inserted AS (
    INSERT INTO supplier_event (tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, received_at_us,
                                digest, workflow_id, start_due_us)
    SELECT p_tenant, p_supplier, a."eventId", a.sku, a.quantity, a."updatedAtUs", v_now,
           event_digest(a.sku, a.quantity, a."updatedAtUs"), a."workflowId", v_now
      FROM arrived a
     ORDER BY a."eventId" COLLATE "C"
    ON CONFLICT DO NOTHING
    RETURNING seq
  )
  SELECT coalesce(array_agg(seq), '{}') INTO v_new FROM inserted;

  IF cardinality(v_new) > 0 THEN
    PERFORM pg_notify('supplier_event', '');
  END IF;

  RETURN QUERY
  WITH delivered AS (
    SELECT d.*, e.seq, e.workflow_id AS known_as,
           e.seq = ANY (v_new) AND row_number() OVER (PARTITION BY e.seq ORDER BY d.no) = 1 AS fresh,
           e.digest = event_digest(d.sku, d.quantity, d."updatedAtUs") AS same
      FROM ROWS FROM (jsonb_to_recordset(p_events)
             AS ("eventId" text, sku text, quantity integer, "updatedAtUs" bigint, "workflowId" text)) WITH ORDINALITY
             AS d ("eventId", sku, quantity, "updatedAtUs", "workflowId", no)
      LEFT JOIN supplier_event e
        ON e.tenant_id = p_tenant AND e.supplier_id = p_supplier AND e.event_id = d."eventId"
  ), repeated AS (
    INSERT INTO duplicate_delivery (seq, received_at_us, conflict, content)
    SELECT d.seq, v_now, NOT d.same,
           CASE WHEN NOT d.same
                THEN jsonb_build_object('sku', d.sku, 'quantity', d.quantity, 'updatedAtUs', d."updatedAtUs"::text) END
      FROM delivered d
     WHERE d.seq IS NOT NULL AND NOT d.fresh
  )
  SELECT d."eventId", coalesce(d.known_as, d."workflowId"),
         CASE WHEN d.fresh THEN 'accepted' WHEN d.same THEN 'duplicate' ELSE 'conflict' END
    FROM delivered d
   ORDER BY d.no;
END $$;

-- Hands due events to a worker: fairly by tenant, oldest first, and no more than its window of undecided events.
-- The lease is the event's next due time: when it passes without an end, the event is looked after again. So only
-- events with a lease that still runs fill the window: the others are due, and whoever has room may take them.
CREATE FUNCTION claim_supplier_events(p_worker text, p_window integer, p_limit integer, p_lease_us bigint)
  RETURNS TABLE (seq bigint, tenant_id text, supplier_id text, event_id text, sku text, quantity integer,
                 updated_at_us bigint, received_at_us bigint, workflow_id text, start_count integer, released boolean,
                 sku_pattern text, clock_tolerance_seconds integer) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  v_room integer;
  v_tenants text[];
BEGIN
  SELECT least(p_limit, p_window - count(*)) INTO v_room
    FROM (SELECT 1 FROM supplier_event e
           WHERE e.started_by = p_worker AND e.decision IS NULL AND e.start_due_us > v_now
           LIMIT p_window) in_flight;
  IF v_room <= 0 THEN
    RETURN;
  END IF;
  SELECT array_agg(t.id ORDER BY random()) INTO v_tenants
    FROM tenant t
   WHERE EXISTS (SELECT 1 FROM supplier_event e WHERE e.tenant_id = t.id AND e.start_due_us <= v_now);
  IF v_tenants IS NULL THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH due AS MATERIALIZED (
    SELECT e.seq
      FROM unnest(v_tenants) AS busy (tenant_id)
     CROSS JOIN LATERAL (
       SELECT o.seq FROM supplier_event o
        WHERE o.tenant_id = busy.tenant_id AND o.start_due_us <= v_now
        ORDER BY o.start_due_us
        LIMIT greatest(1, v_room / cardinality(v_tenants))
          FOR NO KEY UPDATE SKIP LOCKED) e
     LIMIT v_room
  )
  UPDATE supplier_event e
     SET start_due_us = v_now + p_lease_us * least(10, 1 + e.start_count), start_count = e.start_count + 1,
         started_by = p_worker
    FROM due, supplier s
   WHERE e.seq = due.seq AND s.tenant_id = e.tenant_id AND s.id = e.supplier_id
  RETURNING e.seq, e.tenant_id, e.supplier_id, e.event_id, e.sku, e.quantity, e.updated_at_us, e.received_at_us,
            e.workflow_id, e.start_count, e.held_at_us IS NOT NULL, s.sku_pattern, s.clock_tolerance_seconds;
END $$;

-- Makes due again what closed flags held or withheld and open flags let go.
CREATE FUNCTION release_held_events(p_limit integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_released integer;
BEGIN
  WITH freed AS MATERIALIZED (
    SELECT e.seq
      FROM supplier s JOIN tenant t ON t.id = s.tenant_id
     CROSS JOIN LATERAL (
       SELECT h.seq FROM supplier_event h
        WHERE h.tenant_id = s.tenant_id AND h.supplier_id = s.id AND h.held_at_us IS NOT NULL AND h.start_due_us IS NULL
        ORDER BY h.seq
        LIMIT p_limit
          FOR NO KEY UPDATE SKIP LOCKED) e
     WHERE t.state <> 'closed' AND s.state = 'open'
     LIMIT p_limit
  )
  -- The mark stays until the event goes on, so that its starter knows that the former run may just be ending. Having
  -- been held does not make its lease longer.
  UPDATE supplier_event e SET start_due_us = now_us(), started_by = NULL, start_count = 1
    FROM freed WHERE e.seq = freed.seq;
  GET DIAGNOSTICS v_released = ROW_COUNT;
  RETURN v_released;
END $$;

-- Decides an event's contest for its item and writes everything that follows from it. Run again, it changes nothing.
-- The locks come first and each statement has a snapshot of its own: a loser that waited behind a winner sees
-- that winner. The same statement with the lock inside would still see the catalog from before the wait.
-- outcome: won, superseded or held; publish: whether the version given has to be told to the storefront.
CREATE FUNCTION save_catalog_item(p_seq bigint, p_item_id text, p_sku text, p_replay_id text)
  RETURNS TABLE (outcome text, rule text, version integer, quantity integer, publish boolean,
                 lost_to_supplier text, lost_to_event text, decided_at_us bigint, fresh boolean) LANGUAGE plpgsql AS $$
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

  IF e.decision IN ('won', 'superseded') THEN
    RETURN QUERY
    SELECT e.decision, e.rule, coalesce(v.version, e.version), coalesce(v.quantity, e.quantity),
           CASE WHEN p_replay_id IS NULL
                -- Whoever made the version asks again, also after a crash: begin_publish_attempt knows how it stands.
                THEN coalesce(v.event_seq = e.seq, false)
                ELSE coalesce(i.winner_seq = e.seq, false) END AS publish,
           l.supplier_id, l.event_id, e.decided_at_us, false
      FROM (SELECT 1) once
      LEFT JOIN catalog_item i ON i.item_id = p_item_id
      LEFT JOIN catalog_item_version v ON v.item_id = p_item_id
            AND v.version = CASE WHEN p_replay_id IS NULL THEN e.version ELSE i.version END
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
  SELECT x.* INTO w FROM catalog_item i JOIN supplier_event x ON x.seq = i.winner_seq WHERE i.item_id = p_item_id;
  v_rule := CASE
    WHEN w.seq IS NULL THEN 'first'
    WHEN e.updated_at_us > w.updated_at_us THEN 'newer'
    WHEN e.updated_at_us < w.updated_at_us THEN 'older'
    WHEN e.quantity < w.quantity THEN 'lower_quantity'
    WHEN e.quantity > w.quantity THEN 'higher_quantity'
    WHEN e.supplier_id > w.supplier_id THEN 'greater_supplier'
    WHEN e.supplier_id < w.supplier_id THEN 'lesser_supplier'
    WHEN e.event_id > w.event_id THEN 'greater_event_id'
    ELSE 'lesser_event_id' END;
  v_wins := v_rule IN ('first', 'newer', 'lower_quantity', 'greater_supplier', 'greater_event_id');
  v_changes := v_rule IN ('first', 'newer', 'lower_quantity');

  IF v_wins THEN
    SELECT coalesce(max(v.version), 0) INTO v_version FROM catalog_item_version v WHERE v.item_id = p_item_id;
    IF v_changes THEN
      v_version := 1 + greatest(v_version,
        (SELECT i.version FROM catalog_item i WHERE i.item_id = p_item_id));
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
         lost_to_seq = CASE WHEN NOT v_wins THEN w.seq END,
         failure_mode = CASE WHEN NOT v_wins THEN 'stale_catalog_version' END, failure_detail = NULL,
         start_due_us = CASE WHEN v_changes THEN x.start_due_us END
   WHERE x.seq = p_seq;

  RETURN QUERY SELECT CASE WHEN v_wins THEN 'won' ELSE 'superseded' END, v_rule, v_version, e.quantity,
    v_wins AND (v_changes OR p_replay_id IS NOT NULL),
    CASE WHEN NOT v_wins THEN w.supplier_id END, CASE WHEN NOT v_wins THEN w.event_id END, v_now, true;
END $$;

-- Opens an attempt to tell the storefront an item's current version, unless there is a reason not to.
-- verdict: send (attempt_id is then given), withheld (a flag is closed), overtaken, or accepted (told already).
CREATE FUNCTION begin_publish_attempt(p_seq bigint, p_item_id text, p_version integer, p_workflow_id text,
                                      p_message_id text, p_replay_id text)
  RETURNS TABLE (verdict text, attempt_id bigint, quantity integer, storefront_url text, storefront_secret bytea)
  LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  e supplier_event%ROWTYPE;
  v_quantity integer;
  v_publication text;
  v_current integer;
  v_verdict text;
  v_attempt bigint;
BEGIN
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(e.tenant_id));
  PERFORM pg_advisory_xact_lock_shared(item_lock(p_item_id));
  SELECT v.quantity, v.publication INTO STRICT v_quantity, v_publication
    FROM catalog_item_version v WHERE v.item_id = p_item_id AND v.version = p_version;
  SELECT i.version INTO v_current FROM catalog_item i WHERE i.item_id = p_item_id;

  v_verdict := CASE
    WHEN v_current IS DISTINCT FROM p_version THEN 'overtaken'
    WHEN v_publication = 'accepted' AND p_replay_id IS NULL THEN 'accepted'
    WHEN NOT event_flows(e.tenant_id, e.supplier_id) THEN 'withheld'
    ELSE 'send' END;

  IF v_verdict = 'send' THEN
    INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, replay_id, message_id)
    VALUES (p_item_id, p_version, p_seq, p_workflow_id, p_replay_id, p_message_id)
    RETURNING id INTO v_attempt;
  ELSE
    UPDATE supplier_event x
       SET start_due_us = NULL, held_at_us = CASE WHEN v_verdict = 'withheld' THEN now_us() END
     WHERE x.seq = p_seq;
    IF v_verdict IN ('withheld', 'overtaken') THEN
      UPDATE catalog_item_version v SET publication = v_verdict, publication_at_us = now_us()
       WHERE v.item_id = p_item_id AND v.version = p_version AND v.publication IN ('due', 'withheld');
    END IF;
  END IF;
  RETURN QUERY SELECT v_verdict, v_attempt, v_quantity, t.storefront_url, t.storefront_secret
    FROM tenant t WHERE t.id = e.tenant_id;
END $$;

-- Writes down how an attempt ended: accepted, rejected (both end the event), or failed (it will be tried again).
CREATE FUNCTION finish_publish_attempt(p_attempt_id bigint, p_status text, p_http_status integer, p_reason text)
  RETURNS TABLE (finished_at_us bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_now bigint := now_us();
  a publish_attempt%ROWTYPE;
BEGIN
  UPDATE publish_attempt x
     SET status = p_status, http_status = p_http_status, reason = p_reason, finished_at_us = v_now
   WHERE x.id = p_attempt_id
  RETURNING * INTO STRICT a;
  IF p_status IN ('accepted', 'rejected') THEN
    PERFORM 1 FROM supplier_event x WHERE x.seq = a.event_seq FOR NO KEY UPDATE;
    -- An accepted version stays accepted: a later refusal of the same content does not take it off the page.
    UPDATE catalog_item_version v SET publication = p_status, publication_at_us = v_now
     WHERE v.item_id = a.item_id AND v.version = a.version AND v.publication <> 'accepted';
    UPDATE supplier_event x
       SET start_due_us = NULL, held_at_us = NULL,
           failure_mode = CASE WHEN p_status = 'rejected' THEN 'publish_rejected' END,
           failure_detail = CASE WHEN p_status = 'rejected' THEN p_reason END
     WHERE x.seq = a.event_seq;
  END IF;
  RETURN QUERY SELECT v_now;
END $$;

-- Writes down that an event's workflow ends in failure, so that the ledger says what the workflow says.
CREATE FUNCTION record_event_failure(p_seq bigint, p_failure_mode text, p_detail text) RETURNS void
  LANGUAGE plpgsql AS $$
DECLARE
  e supplier_event%ROWTYPE;
BEGIN
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq FOR NO KEY UPDATE;
  IF p_failure_mode IN ('malformed_sku', 'clock_drift') THEN
    UPDATE supplier_event x
       SET decision = 'rejected', rule = p_failure_mode, decision_no = nextval('decision_no_seq'),
           decided_at_us = now_us(), failure_mode = p_failure_mode, failure_detail = p_detail,
           start_due_us = NULL, held_at_us = NULL
     WHERE x.seq = p_seq AND x.decision IS NULL;
    RETURN;
  END IF;
  UPDATE catalog_item_version v SET publication = 'failed', publication_at_us = now_us()
   WHERE v.event_seq = p_seq AND v.publication = 'due' AND p_failure_mode <> 'publish_rejected';
  UPDATE supplier_event x
     SET failure_mode = p_failure_mode, failure_detail = p_detail, start_due_us = NULL, held_at_us = NULL
   WHERE x.seq = p_seq;
END $$;
