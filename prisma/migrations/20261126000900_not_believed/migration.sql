-- What a hostile or an unlucky Temporal, a restored ledger and a changed rule could still do.

-- A rejected event has no place in the order of the suppliers' times: it may say any.
ALTER TABLE prune_run
  DROP CONSTRAINT prune_run_span_whole,
  ADD CONSTRAINT prune_run_span_whole CHECK (
    (events = 0) = (received_min_us IS NULL) AND (events = 0) = (received_max_us IS NULL)
    AND (updated_min_us IS NULL) = (updated_max_us IS NULL) AND (events > 0 OR updated_min_us IS NULL));

DROP FUNCTION claim_supplier_events(text, integer, integer, bigint, integer);

-- Hands due events to a worker: fairly by tenant, oldest first, and no more than its window of undecided events.
-- The lease is the event's next due time: when it passes without an end, the event is looked after again. So only
-- events with a lease that still runs fill the window: the others are due, and whoever has room may take them.
-- Of the tenants with due events those go first that have the fewest undecided in this worker, and none gets more than
-- its share: an event of a tenant that sends few does not wait for those of one that floods the ledger. Without
-- a share, one tenant may have the whole window.
CREATE OR REPLACE FUNCTION claim_supplier_events(p_worker text, p_window integer, p_limit integer,
                                                 p_lease_us bigint, p_share integer DEFAULT NULL::integer)
 RETURNS TABLE(seq bigint, tenant_id text, supplier_id text, event_id text, sku text, quantity integer,
               updated_at_us bigint, received_at_us bigint, workflow_id text, start_count integer,
               released boolean, undecided boolean, sku_pattern text, clock_tolerance_seconds integer)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  v_room integer;
  v_share integer := coalesce(p_share, p_window);
  v_busy jsonb;
  v_tenants text[];
BEGIN
  SELECT least(p_limit, p_window - coalesce(sum(n), 0)), coalesce(jsonb_object_agg(tenant_id, n), '{}')
    INTO v_room, v_busy
    FROM (SELECT tenant_id, count(*) AS n
            FROM (SELECT e.tenant_id FROM supplier_event e
                   WHERE e.started_by = p_worker AND e.decision IS NULL AND e.start_due_us > v_now
                   LIMIT p_window) in_flight
           GROUP BY tenant_id) by_tenant;
  IF v_room <= 0 THEN
    RETURN;
  END IF;
  SELECT array_agg(t.id ORDER BY coalesce((v_busy ->> t.id)::integer, 0), random()) INTO v_tenants
    FROM tenant t
   WHERE coalesce((v_busy ->> t.id)::integer, 0) < v_share
     AND EXISTS (SELECT 1 FROM supplier_event e WHERE e.tenant_id = t.id AND e.start_due_us <= v_now);
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
        LIMIT least(v_share - coalesce((v_busy ->> busy.tenant_id)::integer, 0),
                    greatest(1, v_room / cardinality(v_tenants)))
          FOR NO KEY UPDATE SKIP LOCKED) e
     LIMIT v_room
  )
  UPDATE supplier_event e
     SET start_due_us = lease_until(v_now, p_lease_us, e.start_count), start_count = e.start_count + 1,
         started_by = p_worker
    FROM due, supplier s
   WHERE e.seq = due.seq AND s.tenant_id = e.tenant_id AND s.id = e.supplier_id
  -- An event that was judged before meets no rule again, as in a replay.
  RETURNING e.seq, e.tenant_id, e.supplier_id, e.event_id, e.sku, e.quantity, e.updated_at_us, e.received_at_us,
            e.workflow_id, e.start_count, e.held_at_us IS NOT NULL, e.decision IS NULL,
            CASE WHEN is_judged(e) THEN '(?s).*' ELSE s.sku_pattern END,
            CASE WHEN is_judged(e) THEN 2147483647 ELSE s.clock_tolerance_seconds END;
END $$;

-- Opens an attempt to tell the storefront an item's current version, unless there is a reason not to.
-- verdict: send (attempt_id is then given), withheld (a flag is closed), overtaken, or accepted (told already).
-- The flag is that of the event that made the version, which in a replay need not be the event at hand; and a replay
-- tells a version that is accepted again, once.
CREATE OR REPLACE FUNCTION begin_publish_attempt(p_seq bigint, p_item_id text, p_version integer,
                                                 p_workflow_id text, p_message_id text, p_replay_id text)
 RETURNS TABLE(verdict text, attempt_id bigint, quantity integer, storefront_url text,
               storefront_secret bytea)
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
  RETURN QUERY SELECT v_verdict, v_attempt, v_quantity, t.storefront_url, t.storefront_secret
    FROM tenant t WHERE t.id = e.tenant_id;
END $$;

-- Writes down how an attempt ended: accepted, rejected (both end the event), or failed (it will be tried again).
-- In a replay the answer is the version's, so it ends the event that made the version.
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
    SELECT CASE WHEN a.replay_id IS NULL THEN a.event_seq ELSE v.event_seq END INTO v_maker
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
     WHERE x.seq = v_maker;
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
  ELSIF p_patience_us > 0 AND (
      e.start_due_us IS NULL
      -- Nothing was tried before it came, was let go, or had its newest version.
      OR v_now + v_slack < p_patience_us + greatest(
           e.received_at_us,
           (SELECT max(v.created_at_us) FROM catalog_item_version v WHERE v.event_seq = p_seq),
           (SELECT greatest(t.opened_at_us, s.opened_at_us) FROM tenant t JOIN supplier s ON s.tenant_id = t.id
             WHERE t.id = e.tenant_id AND s.id = e.supplier_id AND e.held_at_us IS NOT NULL)))
  THEN
    RETURN false;
  END IF;
  UPDATE catalog_item_version v SET publication = 'failed', publication_at_us = v_now
   WHERE v.event_seq = p_seq AND v.publication = 'due' AND p_failure_mode <> 'publish_rejected';
  UPDATE supplier_event x
     SET failure_mode = p_failure_mode, failure_detail = p_detail, start_due_us = NULL, held_at_us = NULL
   WHERE x.seq = p_seq;
  RETURN true;
END $$;

-- Where the ledger is: PostgreSQL's cluster, its timeline, the database, and the ledger's table in it. A dump that is
-- restored, a database that is made of another one, a recovery to a point in time and a promoted standby are all
-- elsewhere; a restart is not.
CREATE OR REPLACE FUNCTION ledger_place()
 RETURNS text
 LANGUAGE sql
 STABLE
AS $$
  SELECT format('%s/%s/%s/%s', s.system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8),
                (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()),
                'supplier_event'::regclass::oid)
    FROM pg_control_system() s
$$;

-- Makes sure that nothing which went out before is told a second time with another content: from now on versions are
-- above every one that the ledger can have given out, and sequence numbers are, too, so that a workflow of a lost event
-- finds nothing, and never another event in its place. What was lost is unknown, so the floor goes by the clock: a second for
-- each version. Then every tenant's storefront is swept, and what it shows otherwise is published anew.
-- Answers the new floor of versions.
CREATE OR REPLACE FUNCTION begin_generation(p_actor text, p_reason text)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_spare constant integer := 1000;
  v_highest constant integer := 2000000000;
  v_floor integer;
  h ledger_home%ROWTYPE;
BEGIN
  SELECT * INTO STRICT h FROM ledger_home FOR UPDATE;
  -- 2026-01-01T00:00:00Z, so that the clock's seconds last for 60 years.
  v_floor := least(v_highest, greatest(h.version_floor + v_spare, v_now / 1000000 - 1767225600));
  PERFORM setval('supplier_event_seq_seq', greatest(nextval('supplier_event_seq_seq') + 1000 * v_spare, v_now / 1000));
  PERFORM setval('publish_attempt_id_seq', greatest(nextval('publish_attempt_id_seq') + 1000 * v_spare, v_now / 1000));
  UPDATE ledger_home
     SET place = ledger_place(), generation = h.generation + 1, version_floor = v_floor, began_at_us = v_now;
  INSERT INTO audit_entry (actor, action, subject, reason, before, after)
  VALUES (p_actor, 'ledger.restored', 'ledger/generation-' || h.generation + 1, p_reason,
          jsonb_build_object('versionFloor', h.version_floor), jsonb_build_object('versionFloor', v_floor));
  -- One that runs has asked for some items already.
  PERFORM end_sweep(s.id, 'cancelled', 'a new generation of the ledger has begun') FROM sweep s WHERE s.state = 'running';
  PERFORM request_sweep(t.id, true, p_actor) FROM tenant t;
  RETURN v_floor;
END $$;

-- The version that an item gets next: above every one that it ever had, above p_above, and above the floor of the
-- ledger's generation, which a copy of the ledger begins before it gives any out. An item that is above the floor already
-- leaves room once for what a lost ledger may have given it.
CREATE OR REPLACE FUNCTION next_version(p_item_id text, p_above integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_spare constant integer := 1000;
  h ledger_home%ROWTYPE;
  n catalog_item_version%ROWTYPE;
BEGIN
  PERFORM settle_ledger();
  SELECT * INTO STRICT h FROM ledger_home;
  SELECT * INTO n FROM catalog_item_version v WHERE v.item_id = p_item_id ORDER BY v.version DESC LIMIT 1;
  RETURN 1 + greatest(
    n.version + CASE WHEN h.generation > 1 AND n.created_at_us < h.began_at_us AND n.version > h.version_floor
                     THEN v_spare ELSE 0 END,
    (SELECT i.version FROM catalog_item i WHERE i.item_id = p_item_id), p_above, h.version_floor);
END $$;

-- What a storefront was read to show of an item that it was told of: when that is a version that the ledger has not
-- made, or the newest one with another quantity, no publication of that version can mend it. It is written down, and
-- the item renewed above what is shown. Answers the new version; null where nothing is wrong, or no version is left,
-- or where this has not helped ten times in an hour.
CREATE OR REPLACE FUNCTION outbid_storefront(p_item_id text, p_shown_version integer, p_shown_quantity integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  i catalog_item%ROWTYPE;
  v_version integer;
BEGIN
  SELECT * INTO i FROM catalog_item x WHERE x.item_id = p_item_id;
  IF i.item_id IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(i.tenant_id));
  PERFORM pg_advisory_xact_lock(item_lock(p_item_id));
  SELECT * INTO STRICT i FROM catalog_item x WHERE x.item_id = p_item_id;
  IF p_shown_version < i.version OR (p_shown_version, p_shown_quantity) = (i.version, i.quantity)
     OR true_winner(p_item_id) IS NULL THEN
    RETURN NULL;
  END IF;
  INSERT INTO storefront_probe (item_id, probed_at_us, accepted_version, shown_version, shown_quantity, failure_mode)
  VALUES (p_item_id, now_us(), i.version, p_shown_version, p_shown_quantity, 'wrong_quantity_shown');
  -- Above it there is no room left for what comes; and whom no version satisfies is left to a sweep.
  IF p_shown_version >= 2000000000
     OR (SELECT count(*) FROM catalog_item_version v
          WHERE v.item_id = p_item_id AND v.rule = 'repaired' AND v.created_at_us > now_us() - 3600000000) >= 10
  THEN
    RETURN NULL;
  END IF;
  v_version := renew_catalog_item(p_item_id, i.sku, p_shown_version, NULL);
  -- It may be the winner's own workflow that asks: it has to end before it is started again.
  UPDATE supplier_event x SET start_due_us = now_us() + 2000000 WHERE x.seq = true_winner(p_item_id);
  RETURN v_version;
END $$;

-- Publishes an item anew that a sweep found wrong: renews it above what the storefront shows, and its winner's workflow
-- is started again to publish that. Writes down why not, where it does not. Run again, it changes nothing.
CREATE OR REPLACE FUNCTION repair_swept_item(p_sweep_id text, p_item_id text)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_tenant text;
  v_winner bigint;
  v_version integer;
  v_why text;
  f sweep_finding%ROWTYPE;
  i catalog_item%ROWTYPE;
  n catalog_item_version%ROWTYPE;
BEGIN
  SELECT s.tenant_id INTO STRICT v_tenant FROM sweep s WHERE s.id = p_sweep_id;
  -- A new generation takes its row before those of sweeps.
  PERFORM settle_ledger();
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(v_tenant));
  PERFORM pg_advisory_xact_lock(item_lock(p_item_id));
  PERFORM 1 FROM sweep s WHERE s.id = p_sweep_id AND s.state = 'running' FOR SHARE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT * INTO STRICT f FROM sweep_finding x WHERE x.sweep_id = p_sweep_id AND x.item_id = p_item_id FOR NO KEY UPDATE;
  IF f.treated_at_us IS NOT NULL THEN
    RETURN f.repaired_version;
  END IF;
  SELECT * INTO i FROM catalog_item x WHERE x.item_id = p_item_id;
  SELECT * INTO n FROM catalog_item_version x WHERE x.item_id = p_item_id ORDER BY x.version DESC LIMIT 1;
  v_winner := true_winner(p_item_id);
  v_why := CASE
    WHEN i.item_id IS NULL THEN 'the catalog does not know it'
    WHEN v_winner IS NULL THEN 'no event stands for it'
    WHEN n.publication = 'due' THEN 'it was being published'
    WHEN n.version IS DISTINCT FROM f.ledger_version THEN 'it has changed since'
    WHEN (SELECT event_flows(e.tenant_id, e.supplier_id) FROM supplier_event e WHERE e.seq = v_winner) IS NOT TRUE
      THEN 'a flag is closed'
    WHEN f.shown_version >= 2000000000 THEN 'no version is left above the one shown' END;
  IF v_why IS NULL THEN
    v_version := renew_catalog_item(p_item_id, i.sku, coalesce(f.shown_version, 0), NULL);
  END IF;
  UPDATE sweep_finding x SET treated_at_us = now_us(), repaired_version = v_version, note = v_why
   WHERE x.sweep_id = p_sweep_id AND x.item_id = p_item_id;
  RETURN v_version;
END $$;

-- Takes those of some events out of the ledger that may go, with their versions, attempts and further deliveries, and
-- leaves a tombstone of each, which names the archive's file (p_file) if there is one.
-- Whether an event may go is asked under its item's lock and its own: a void may have given it an item meanwhile. Items
-- and events that are busy are left for another time: live work waits for a prune, never the other way round, and
-- for no longer than this call.
-- Of what goes, the few facts by which an event that stays was decided are kept, for as long as that one stays.
CREATE OR REPLACE FUNCTION prune_events(p_prune_id integer, p_file integer, p_seqs bigint[])
 RETURNS integer
 LANGUAGE plpgsql
 SET "catalog_sync.prune" TO 'on'
AS $$
#variable_conflict use_column
DECLARE
  r prune_run%ROWTYPE;
  v_items text[];
  v_seqs bigint[];
  v_rows supplier_event[];
  v_versions integer;
  v_attempts integer;
  v_deliveries integer;
BEGIN
  SELECT * INTO r FROM prune_run x WHERE x.id = p_prune_id AND x.state = 'running' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'prune % was ended by another one', p_prune_id USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  PERFORM pg_advisory_xact_lock(prune_lock(r.tenant_id));
  SELECT coalesce(array_agg(x.item_id), '{}') INTO v_items
    FROM (SELECT DISTINCT e.item_id FROM supplier_event e WHERE e.seq = ANY (p_seqs) AND e.item_id IS NOT NULL) x
   WHERE pg_try_advisory_xact_lock(item_lock(x.item_id));
  SELECT coalesce(array_agg(x.seq), '{}') INTO v_seqs
    FROM (SELECT e.seq FROM supplier_event e
           WHERE e.seq = ANY (p_seqs) AND (e.item_id IS NULL OR e.item_id = ANY (v_items))
             FOR UPDATE SKIP LOCKED) x;
  v_seqs := ARRAY(SELECT prunable_events(v_seqs, r.cutoff_us));
  SELECT array_agg(e) INTO v_rows FROM supplier_event e WHERE e.seq = ANY (v_seqs) AND e.tenant_id = r.tenant_id;
  IF v_rows IS NULL THEN
    UPDATE prune_run x SET seen_at_us = now_us() WHERE x.id = p_prune_id;
    RETURN 0;
  END IF;

  SELECT coalesce(sum(c.duplicates + c.conflicts), 0) INTO v_deliveries FROM duplicate_count c WHERE c.seq = ANY (v_seqs);
  DELETE FROM duplicate_delivery d WHERE d.seq = ANY (v_seqs);
  DELETE FROM duplicate_count c WHERE c.seq = ANY (v_seqs);
  DELETE FROM publish_attempt a
   WHERE a.id IN (SELECT x.id FROM publish_attempt x WHERE x.event_seq = ANY (v_seqs)
                  UNION ALL
                  SELECT x.id FROM catalog_item_version v
                    JOIN publish_attempt x ON x.item_id = v.item_id AND x.version = v.version
                   WHERE v.event_seq = ANY (v_seqs));
  GET DIAGNOSTICS v_attempts = ROW_COUNT;
  DELETE FROM catalog_item_version v WHERE v.event_seq = ANY (v_seqs);
  GET DIAGNOSTICS v_versions = ROW_COUNT;
  DELETE FROM supplier_event e WHERE e.seq = ANY (v_seqs);

  INSERT INTO pruned_event (key, digest, prune_id, file)
  SELECT event_key(e.tenant_id, e.supplier_id, e.event_id), half_digest(e.digest), p_prune_id, p_file
    FROM unnest(v_rows) e
  ON CONFLICT (key) DO UPDATE SET digest = excluded.digest, prune_id = excluded.prune_id, file = excluded.file;
  INSERT INTO archived_rival (seq, item_id, supplier_id, event_id, quantity, updated_at_us, decision_no, prune_id, file)
  SELECT e.seq, e.item_id, e.supplier_id, e.event_id, e.quantity, e.updated_at_us, e.decision_no, p_prune_id, p_file
    FROM unnest(v_rows) e
   WHERE EXISTS (SELECT 1 FROM supplier_event x WHERE x.lost_to_seq = e.seq)
      OR EXISTS (SELECT 1 FROM supplier_event x WHERE x.beat_seq = e.seq);
  DELETE FROM archived_rival a
   WHERE a.seq IN (SELECT coalesce(e.lost_to_seq, e.beat_seq) FROM unnest(v_rows) e)
     AND NOT EXISTS (SELECT 1 FROM supplier_event x WHERE x.lost_to_seq = a.seq)
     AND NOT EXISTS (SELECT 1 FROM supplier_event x WHERE x.beat_seq = a.seq);

  UPDATE prune_run x
     SET seen_at_us = now_us(), events = x.events + cardinality(v_rows), versions = x.versions + v_versions,
         attempts = x.attempts + v_attempts, deliveries = x.deliveries + v_deliveries,
         received_min_us = least(x.received_min_us, (SELECT min(e.received_at_us) FROM unnest(v_rows) e)),
         received_max_us = greatest(x.received_max_us, (SELECT max(e.received_at_us) FROM unnest(v_rows) e)),
         updated_min_us = least(x.updated_min_us, (SELECT min(e.updated_at_us) FROM unnest(v_rows) e WHERE e.decision <> 'rejected')),
         updated_max_us = greatest(x.updated_max_us, (SELECT max(e.updated_at_us) FROM unnest(v_rows) e WHERE e.decision <> 'rejected'))
   WHERE x.id = p_prune_id;
  RETURN cardinality(v_rows);
END $$;
