-- The rules of suppliers, each kept for ever: what an event was judged by is known when its supplier's rule is another.
CREATE TABLE "judging_rule" (
    "id" SERIAL NOT NULL,
    "sku_pattern" TEXT NOT NULL,
    "clock_tolerance_seconds" INTEGER NOT NULL,

    CONSTRAINT "judging_rule_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "judging_rule_sku_pattern_clock_tolerance_seconds_key"
    ON "judging_rule"("sku_pattern", "clock_tolerance_seconds");

INSERT INTO judging_rule (sku_pattern, clock_tolerance_seconds)
SELECT DISTINCT sku_pattern, clock_tolerance_seconds FROM supplier;

ALTER TABLE "supplier" ADD COLUMN "rule_id" INTEGER DEFAULT 0;
UPDATE supplier s SET rule_id = j.id FROM judging_rule j
 WHERE (j.sku_pattern, j.clock_tolerance_seconds) = (s.sku_pattern, s.clock_tolerance_seconds);
ALTER TABLE "supplier" ALTER COLUMN "rule_id" SET NOT NULL;
ALTER TABLE "supplier" ADD CONSTRAINT "supplier_rule_id_fkey" FOREIGN KEY ("rule_id") REFERENCES "judging_rule"("id")
    ON DELETE RESTRICT ON UPDATE CASCADE;

-- Null for what was decided before, and for what no rule judges. No foreign key: rules never leave.
ALTER TABLE "supplier_event" ADD COLUMN "judged_by" INTEGER;

-- What they take or answer changes.
DROP FUNCTION save_catalog_item(bigint, text, text, text);
DROP FUNCTION resync_catalog_item(bigint, text, text, text);
DROP FUNCTION record_event_failure(bigint, text, text, bigint);
DROP FUNCTION record_resync_failure(bigint, text, text, text, bigint);
DROP FUNCTION claim_supplier_events(text, integer, integer, bigint, integer);
DROP FUNCTION claim_replay_events(text, integer, integer, bigint);

-- Keeps every rule that a supplier ever had, under a number that its events are judged by: a change makes another rule.
CREATE OR REPLACE FUNCTION note_rule()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO judging_rule (sku_pattern, clock_tolerance_seconds)
  VALUES (NEW.sku_pattern, NEW.clock_tolerance_seconds)
  ON CONFLICT (sku_pattern, clock_tolerance_seconds) DO NOTHING;
  SELECT j.id INTO STRICT NEW.rule_id FROM judging_rule j
   WHERE (j.sku_pattern, j.clock_tolerance_seconds) = (NEW.sku_pattern, NEW.clock_tolerance_seconds);
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER supplier_rule BEFORE INSERT OR UPDATE OF sku_pattern, clock_tolerance_seconds, rule_id ON supplier
  FOR EACH ROW EXECUTE FUNCTION note_rule();

-- Whether an event says that it was made further ahead of its receipt than a rule tolerates; null without a rule.
CREATE OR REPLACE FUNCTION drifts_by(e supplier_event, p_tolerance_seconds integer)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT e.updated_at_us - e.received_at_us > p_tolerance_seconds * 1000000::bigint
$$;

-- Decides an event's contest for its item and writes everything that follows from it. Run again, it changes nothing.
-- The locks come first and each statement has a snapshot of its own: a loser that waited behind a winner sees
-- that winner. The same statement with the lock inside would still see the catalog from before the wait.
-- A void, and an event that was voided before it was decided, take no part: their outcome is their decision.
-- A rejected event is decided anew by a replay only. p_rule_id is the rule that normalize judged it by.
-- outcome: won, superseded, held, applied, voided or rejected; publish: whether the version given has to be told to the storefront.
CREATE OR REPLACE FUNCTION save_catalog_item(p_seq bigint, p_item_id text, p_sku text, p_replay_id text,
                                             p_rule_id integer DEFAULT NULL::integer)
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
         failure_mode = CASE WHEN NOT v_wins THEN 'stale_catalog_version' END, failure_detail = NULL, judged_by = p_rule_id,
         start_due_us = CASE WHEN v_changes THEN x.start_due_us END
   WHERE x.seq = p_seq;

  RETURN QUERY SELECT CASE WHEN v_wins THEN 'won' ELSE 'superseded' END, v_rule, v_version, e.quantity,
    v_wins AND (v_changes OR p_replay_id IS NOT NULL),
    CASE WHEN NOT v_wins THEN w.supplier_id END, CASE WHEN NOT v_wins THEN w.event_id END, v_now, true;
END $$;

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
  v_flows := event_flows(e.tenant_id, e.supplier_id);
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
    UPDATE replay_item x
       SET repaired = x.repaired OR v_repaired, won = x.won OR v_decision IS NOT DISTINCT FROM 'won',
           superseded = x.superseded OR v_decision IS NOT DISTINCT FROM 'superseded'
     WHERE x.replay_id = p_replay_id AND x.item_id = p_item_id
       AND (v_repaired OR v_decision IN ('won', 'superseded'))
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

-- Writes down that an event's workflow ends in failure, so that the ledger says what the workflow says. A workflow is not
-- its own witness: that its retries have ended is believed when they can have lasted p_patience_us, and a storefront's no
-- when the attempt says it. What is not believed leaves the event due. Answers whether it is.
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

-- Writes down that an event's workflow in a replay ends in failure, if it is believed: see record_event_failure. What it
-- says of the event goes into the ledger as ever; what it says of a publication goes to the event that made the version.
CREATE OR REPLACE FUNCTION record_resync_failure(p_seq bigint, p_replay_id text, p_failure_mode text,
                                                 p_detail text, p_patience_us bigint,
                                                 p_rule_id integer DEFAULT NULL::integer)
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
    PERFORM record_event_failure(p_seq, p_failure_mode, p_detail, 0, p_rule_id);
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
               released boolean, undecided boolean, sku_pattern text, clock_tolerance_seconds integer,
               rule_id integer)
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
            CASE WHEN is_judged(e) THEN 2147483647 ELSE s.clock_tolerance_seconds END,
            CASE WHEN NOT is_judged(e) THEN s.rule_id END;
END $$;

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

-- What the trace of an event lacks, or where it contradicts the ledger: the first fault, which src/signals/gaps.ts puts
-- into words; null for a complete trace. p_item_gap is what item_gap says of the event's item: asked once an item.
-- What is recomputed here is what the database's own functions wrote: digest, rule, and who beat whom. A winner must
-- have been standing when the event was decided: decided before, and not yet beaten by an event that still counts. A
-- loser names whom it lost to, a winner whom it beat, so there is one rival at most: an event, or what archived_rival
-- has kept of one that was pruned.
-- It takes a number instead of a row so that a query over many events is planned as one join.
CREATE OR REPLACE FUNCTION trace_gap(p_seq bigint, p_item_gap text)
 RETURNS TABLE(gap text)
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE
    WHEN e.digest <> event_digest(e.sku, e.quantity, e.updated_at_us) THEN 'digest'
    WHEN e.workflow_id = '' THEN 'workflow'
    WHEN e.decision IS NULL OR e.rule IS NULL OR e.decided_at_us IS NULL THEN 'undecided'
    WHEN e.voided_by_seq IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM supplier_event o WHERE o.seq = e.voided_by_seq AND o.kind = 'void' AND o.target_seq = e.seq)
      THEN 'void'
    WHEN e.kind = 'void' AND NOT EXISTS (
           SELECT 1 FROM supplier_event o WHERE o.seq = e.target_seq AND o.voided_by_seq = e.seq)
      THEN 'void'
    WHEN e.decision = 'rejected' THEN
      CASE WHEN e.rule IN ('malformed_sku', 'clock_drift') AND e.failure_mode IS NOT DISTINCT FROM e.rule
            AND (e.rule <> 'clock_drift' OR drifts_by(e, j.clock_tolerance_seconds) IS DISTINCT FROM false)
           THEN NULL ELSE 'rejection' END
    -- Outside ASCII, what is upper case is not for every database to say.
    WHEN e.kind <> 'void' AND e.item_id IS NOT NULL AND e.sku !~ '[^\x01-\x7f]'
         AND e.item_id <> e.tenant_id || ':' || sku_key(e.sku)
      THEN 'other_sku'
    WHEN e.decision IN ('won', 'superseded') AND drifts_by(e, j.clock_tolerance_seconds) THEN 'not_by_rule'
    WHEN e.decision = 'superseded' AND (
           coalesce(r.seq, a.seq) IS NULL OR coalesce(r.item_id, a.item_id) IS DISTINCT FROM e.item_id
           OR is_winning_rule(e.rule) IS DISTINCT FROM false
           OR e.rule <> contest_rule(e.updated_at_us, e.quantity, e.supplier_id, e.event_id,
                                     coalesce(r.updated_at_us, a.updated_at_us), coalesce(r.quantity, a.quantity),
                                     coalesce(r.supplier_id, a.supplier_id), coalesce(r.event_id, a.event_id))
           OR coalesce(r.decision_no, a.decision_no) IS NULL OR coalesce(r.decision_no, a.decision_no) > e.decision_no
           OR EXISTS (SELECT 1 FROM supplier_event n
                       WHERE n.beat_seq = e.lost_to_seq AND n.decision_no < e.decision_no AND n.voided_by_seq IS NULL))
      THEN 'lost_to'
    WHEN e.decision = 'won' AND (
           (e.beat_seq IS NOT NULL AND coalesce(r.item_id, a.item_id) IS DISTINCT FROM e.item_id)
           OR is_winning_rule(e.rule) IS DISTINCT FROM true
           OR e.rule <> contest_rule(e.updated_at_us, e.quantity, e.supplier_id, e.event_id,
                                     coalesce(r.updated_at_us, a.updated_at_us), coalesce(r.quantity, a.quantity),
                                     coalesce(r.supplier_id, a.supplier_id), coalesce(r.event_id, a.event_id)))
      THEN 'beat'
    -- An event that was voided before it was decided may belong to an item that never came to be.
    WHEN p_item_gap <> 'no_item' OR (p_item_gap = 'no_item' AND e.decision IN ('won', 'superseded')) THEN p_item_gap
    WHEN e.decision = 'won' AND (
           v.version IS NULL OR (v.quantity, v.updated_at_us) IS DISTINCT FROM (e.quantity, e.updated_at_us))
      THEN 'no_version'
    WHEN e.decision = 'won' AND v.publication <> 'overtaken'
         AND NOT EXISTS (SELECT 1 FROM publish_attempt t WHERE t.item_id = v.item_id AND t.version = v.version)
         AND (v.publication NOT IN ('due', 'withheld')
              OR (SELECT event_flows(m.tenant_id, m.supplier_id) FROM supplier_event m WHERE m.seq = v.event_seq))
      THEN 'unpublished'
    END
    FROM supplier_event e
    LEFT JOIN supplier_event r ON r.seq = coalesce(e.lost_to_seq, e.beat_seq)
    LEFT JOIN judging_rule j ON j.id = e.judged_by
    LEFT JOIN archived_rival a ON a.seq = coalesce(e.lost_to_seq, e.beat_seq)
    LEFT JOIN catalog_item_version v ON v.item_id = e.item_id AND v.version = e.version
   WHERE e.seq = p_seq
$$;

-- Up to here versions are raised above what a storefront or a lost ledger may have had. Beyond it, and up to the end of an
-- integer, is room for the versions that ordinary events make.
CREATE OR REPLACE FUNCTION highest_version()
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT 2000000000
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
  v_floor integer;
  h ledger_home%ROWTYPE;
BEGIN
  SELECT * INTO STRICT h FROM ledger_home FOR UPDATE;
  -- 2026-01-01T00:00:00Z, so that the clock's seconds last for 60 years.
  v_floor := least(highest_version(), greatest(h.version_floor + v_spare, v_now / 1000000 - 1767225600));
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
  IF p_shown_version >= highest_version()
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
    WHEN f.shown_version >= highest_version() THEN 'no version is left above the one shown' END;
  IF v_why IS NULL THEN
    v_version := renew_catalog_item(p_item_id, i.sku, coalesce(f.shown_version, 0), NULL);
  END IF;
  UPDATE sweep_finding x SET treated_at_us = now_us(), repaired_version = v_version, note = v_why
   WHERE x.sweep_id = p_sweep_id AND x.item_id = p_item_id;
  RETURN v_version;
END $$;
