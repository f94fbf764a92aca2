-- A replay as rows: what was asked for, each event of its window, and what became of each item.

ALTER TABLE "replay"
  DROP COLUMN "events_done",
  DROP COLUMN "events_failed",
  ADD COLUMN "by" TEXT NOT NULL DEFAULT 'received_at',
  ADD COLUMN "sku" TEXT,
  ADD COLUMN "outcome" TEXT,
  ADD COLUMN "failure_mode" TEXT,
  ADD COLUMN "rate_per_second" INTEGER,
  ADD COLUMN "idempotency_key" TEXT,
  ADD COLUMN "request_hash" BYTEA,
  ADD COLUMN "rules" JSONB NOT NULL DEFAULT '{}',
  ADD COLUMN "prepared_at_us" BIGINT,
  ADD COLUMN "paced_at_us" BIGINT,
  ADD COLUMN "start_due_us" BIGINT,
  ADD COLUMN "start_count" INTEGER NOT NULL DEFAULT 0;

CREATE TABLE "replay_event" (
    "replay_id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,
    "order_us" BIGINT NOT NULL,
    "item_id" TEXT,
    "is_last" BOOLEAN NOT NULL DEFAULT false,
    "start_due_us" BIGINT,
    "started_by" TEXT,
    "start_count" INTEGER NOT NULL DEFAULT 0,
    "done_at_us" BIGINT,
    "outcome" TEXT,
    "failure_mode" TEXT,

    CONSTRAINT "replay_event_pkey" PRIMARY KEY ("replay_id","seq")
);

ALTER TABLE "replay_item"
  ADD COLUMN "touched" BOOLEAN NOT NULL DEFAULT true,
  ADD COLUMN "version_before" INTEGER,
  ADD COLUMN "publication_before" TEXT,
  ADD COLUMN "won" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "repaired" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "superseded" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "outcome" TEXT,
  ADD COLUMN "version_after" INTEGER,
  ADD COLUMN "settled_xact" BIGINT,
  ADD COLUMN "published_version" INTEGER,
  ADD COLUMN "publication" TEXT;

CREATE UNIQUE INDEX "replay_tenant_id_idempotency_key_key" ON "replay"("tenant_id", "idempotency_key");
CREATE INDEX "replay_event_replay_id_item_id_idx" ON "replay_event"("replay_id", "item_id");
CREATE INDEX "replay_item_replay_id_settled_xact_no_idx" ON "replay_item"("replay_id", "settled_xact", "no");
CREATE INDEX "supplier_event_tenant_id_updated_at_us_seq_idx" ON "supplier_event"("tenant_id", "updated_at_us", "seq");

ALTER TABLE "replay_event" ADD CONSTRAINT "replay_event_replay_id_fkey" FOREIGN KEY ("replay_id") REFERENCES "replay"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "replay_event" ADD CONSTRAINT "replay_event_seq_fkey" FOREIGN KEY ("seq") REFERENCES "supplier_event"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema language cannot say.

ALTER TABLE replay
  ADD CONSTRAINT replay_by_known CHECK (by IN ('received_at', 'updated_at')),
  ADD CONSTRAINT replay_rate_positive CHECK (rate_per_second > 0);
ALTER TABLE replay_event
  ADD CONSTRAINT replay_event_outcome_known CHECK (outcome IN (
    'won', 'superseded', 'held', 'voided', 'rejected', 'failed')),
  ADD CONSTRAINT replay_event_done_is_not_due CHECK (done_at_us IS NULL OR (start_due_us IS NULL AND outcome IS NOT NULL));
ALTER TABLE replay_item
  ADD CONSTRAINT replay_item_outcome_known CHECK (outcome IN (
    'would_win', 'repaired', 'publish_only', 'superseded', 'already_current', 'held'));

CREATE INDEX replay_start_due ON replay (start_due_us) WHERE start_due_us IS NOT NULL;
-- The starter's queue and its window; the row of those whose turn has not come; what is not done.
CREATE INDEX replay_event_start_due ON replay_event (start_due_us) WHERE start_due_us IS NOT NULL;
CREATE INDEX replay_event_in_flight ON replay_event (started_by) WHERE started_by IS NOT NULL AND start_due_us IS NOT NULL;
CREATE INDEX replay_event_waiting ON replay_event (replay_id, order_us, seq)
  WHERE start_due_us IS NULL AND done_at_us IS NULL;
CREATE UNIQUE INDEX replay_event_last ON replay_event (replay_id, item_id) WHERE is_last;
CREATE INDEX replay_event_undone ON replay_event (replay_id, item_id) WHERE done_at_us IS NULL;

CREATE INDEX supplier_event_undecided_item ON supplier_event (item_id) WHERE decision IS NULL AND item_id IS NOT NULL;

-- Whether an event's item is settled, so that no rule of its supplier is asked any more: it was decided, or voided.
CREATE FUNCTION is_judged(e supplier_event) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN e.item_id IS NOT NULL AND (e.decision IN ('won', 'superseded', 'applied') OR e.voided_by_seq IS NOT NULL);

-- Whether an item's row and its newest version are what the ledger says; null where no event stands for the item.
CREATE FUNCTION item_is_right(p_item_id text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (i.winner_seq, i.quantity, i.updated_at_us, i.supplier_id, i.event_id, v.version, v.quantity, v.updated_at_us)
         IS NOT DISTINCT FROM
         (w.seq, w.quantity, w.updated_at_us, w.supplier_id, w.event_id, i.version, w.quantity, w.updated_at_us)
    FROM supplier_event w
    LEFT JOIN catalog_item i ON i.item_id = p_item_id
    LEFT JOIN LATERAL (SELECT * FROM catalog_item_version x WHERE x.item_id = p_item_id
                        ORDER BY x.version DESC LIMIT 1) v ON true
   WHERE w.seq = true_winner(p_item_id)
$$;

-- Hands replays whose workflow has to be started, or looked after, to a worker.
CREATE FUNCTION claim_replays(p_limit integer, p_lease_us bigint)
  RETURNS TABLE (id text, tenant_id text, since_us bigint, until_us bigint, start_count integer) LANGUAGE sql AS $$
  WITH due AS MATERIALIZED (
    SELECT r.id FROM replay r
     WHERE r.start_due_us <= now_us()
     ORDER BY r.start_due_us
     LIMIT p_limit
       FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE replay r
     SET start_due_us = now_us() + p_lease_us, start_count = r.start_count + 1
    FROM due WHERE r.id = due.id
  RETURNING r.id, r.tenant_id, r.since_us, r.until_us, r.start_count
$$;

-- Hands due events of replays to a worker, oldest first, into what live events have left of its window. One that has
-- its outcome only waits for its storefront, and takes no room.
CREATE FUNCTION claim_replay_events(p_worker text, p_window integer, p_limit integer, p_lease_us bigint)
  RETURNS TABLE (replay_id text, seq bigint, tenant_id text, supplier_id text, event_id text, sku text,
                 quantity integer, updated_at_us bigint, received_at_us bigint, workflow_id text,
                 start_count integer, sku_pattern text, clock_tolerance_seconds integer) LANGUAGE plpgsql AS $$
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
     SET start_due_us = v_now + p_lease_us * least(10, 1 + x.start_count), start_count = x.start_count + 1,
         started_by = p_worker
    FROM due, supplier_event e, replay r
   WHERE x.replay_id = due.replay_id AND x.seq = due.seq AND e.seq = due.seq AND r.id = due.replay_id
  -- The rules of the replay's beginning: by them it is known which event is an item's last. An event that was judged
  -- before meets none.
  RETURNING x.replay_id, e.seq, e.tenant_id, e.supplier_id, e.event_id, e.sku, e.quantity, e.updated_at_us,
            e.received_at_us, e.workflow_id, x.start_count,
            CASE WHEN is_judged(e) THEN '(?s).*' ELSE r.rules -> e.supplier_id ->> 'skuPattern' END,
            CASE WHEN is_judged(e) THEN 2147483647
                 ELSE (r.rules -> e.supplier_id ->> 'clockToleranceSeconds')::integer END;
END $$;

-- Writes a page of a replay's window down. So far, the page's last event of each item is the item's last; pages come
-- in the window's order, so after the last page it is so. A page that is written again is as good as once.
CREATE FUNCTION prepare_replay_events(p_replay_id text, p_seqs bigint[], p_orders bigint[], p_items text[]) RETURNS void
  LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO replay_event (replay_id, seq, order_us, item_id)
  SELECT p_replay_id, x.seq, x.order_us, x.item_id
    FROM unnest(p_seqs, p_orders, p_items) AS x (seq, order_us, item_id)
  ON CONFLICT DO NOTHING;
  UPDATE replay_event x SET is_last = false
   WHERE x.replay_id = p_replay_id AND x.item_id = ANY (p_items) AND x.is_last;
  UPDATE replay_event x SET is_last = true
    FROM (SELECT DISTINCT ON (y.item_id) y.seq
            FROM unnest(p_seqs, p_orders, p_items) AS y (seq, order_us, item_id)
           WHERE y.item_id IS NOT NULL
           ORDER BY y.item_id, y.order_us DESC, y.seq DESC) last
   WHERE x.replay_id = p_replay_id AND x.seq = last.seq;
END $$;

-- Makes the next events of a replay due, in the window's order: never more than p_window undecided, nor p_waiting that
-- wait for a storefront only, never more than its rate, and an item's last event only when its others are done, so
-- that what it publishes is the outcome of all.
CREATE FUNCTION advance_replay(p_replay_id text, p_window integer, p_waiting integer)
  RETURNS TABLE (running boolean, under_way integer, made_due integer, undone boolean) LANGUAGE plpgsql AS $$
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
    -- At most a second's worth is saved up.
    r.paced_at_us := greatest(r.paced_at_us, v_now - 1000000);
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
    UPDATE replay_event x SET start_due_us = v_now
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

-- Says what a replay did to an item, or to all whose last event will not come any more.
CREATE FUNCTION settle_replay_items(p_replay_id text, p_item_id text) RETURNS void LANGUAGE sql AS $$
  UPDATE replay_item x
     SET version_after = s.version,
         outcome = CASE
           WHEN NOT x.touched THEN 'held'
           WHEN x.won THEN 'would_win'
           WHEN x.repaired THEN 'repaired'
           WHEN NOT s.flows THEN 'held'
           WHEN x.publication_before <> 'accepted' THEN 'publish_only'
           WHEN x.superseded THEN 'superseded'
           ELSE 'already_current' END
    FROM (SELECT y.item_id, i.version, coalesce(event_flows(m.tenant_id, m.supplier_id), false) AS flows
            FROM replay_item y
            LEFT JOIN catalog_item i ON i.item_id = y.item_id
            LEFT JOIN catalog_item_version v ON v.item_id = i.item_id AND v.version = i.version
            LEFT JOIN supplier_event m ON m.seq = v.event_seq
           WHERE y.replay_id = p_replay_id AND (p_item_id IS NULL OR y.item_id = p_item_id)) s
   WHERE x.replay_id = p_replay_id AND x.item_id = s.item_id AND x.outcome IS NULL
$$;

-- Shows an item, or all that were said something of, to followers: the replay has finished with it.
-- The transaction's number lets a follower read on without missing a row that is committed late.
CREATE FUNCTION show_replay_items(p_replay_id text, p_item_id text) RETURNS void LANGUAGE sql AS $$
  UPDATE replay_item x SET settled_xact = pg_current_xact_id()::text::bigint
   WHERE x.replay_id = p_replay_id AND (p_item_id IS NULL OR x.item_id = p_item_id)
     AND x.outcome IS NOT NULL AND x.settled_xact IS NULL
$$;

-- Marks an event of a replay as done: its workflow has nothing left to do.
CREATE FUNCTION finish_replay_event(p_replay_id text, p_seq bigint, p_outcome text, p_failure_mode text) RETURNS void
  LANGUAGE sql AS $$
  UPDATE replay_event x
     SET done_at_us = now_us(), start_due_us = NULL, outcome = coalesce(p_outcome, x.outcome, 'superseded'),
         failure_mode = p_failure_mode
   WHERE x.replay_id = p_replay_id AND x.seq = p_seq AND x.done_at_us IS NULL;
  SELECT show_replay_items(p_replay_id, x.item_id) FROM replay_event x
   WHERE x.replay_id = p_replay_id AND x.seq = p_seq AND x.is_last
$$;

-- Ends a replay. What it has started goes on to its end; what it made but will not publish goes the way of live events.
CREATE FUNCTION end_replay(p_replay_id text, p_state text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
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

-- Makes an item's row what its ledger says, if it is not: a new version above every one that there ever was.
-- Call it with the item's lock. Answers whether the row had to be repaired.
CREATE FUNCTION repair_catalog_item(p_item_id text, p_sku text, p_replay_id text) RETURNS boolean
  LANGUAGE plpgsql AS $$
DECLARE
  v_now bigint := now_us();
  w supplier_event%ROWTYPE;
  v_version integer;
BEGIN
  IF item_is_right(p_item_id) IS NOT FALSE THEN
    RETURN false;
  END IF;
  SELECT * INTO STRICT w FROM supplier_event x WHERE x.seq = true_winner(p_item_id);
  SELECT 1 + greatest((SELECT max(x.version) FROM catalog_item_version x WHERE x.item_id = p_item_id),
                      (SELECT x.version FROM catalog_item x WHERE x.item_id = p_item_id), 0) INTO v_version;
  UPDATE catalog_item_version x SET publication = 'overtaken', publication_at_us = v_now
   WHERE x.item_id = p_item_id AND x.publication IN ('due', 'withheld');
  INSERT INTO catalog_item_version (item_id, version, event_seq, quantity, updated_at_us, rule, created_at_us,
                                    publication_at_us, replay_id)
  VALUES (p_item_id, v_version, w.seq, w.quantity, w.updated_at_us, 'repaired', v_now, v_now, p_replay_id);
  INSERT INTO catalog_item (item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, winner_seq, version)
  VALUES (p_item_id, w.tenant_id, p_sku, w.quantity, w.updated_at_us, w.supplier_id, w.event_id, w.seq, v_version)
  ON CONFLICT (item_id) DO UPDATE
     SET quantity = excluded.quantity, updated_at_us = excluded.updated_at_us, supplier_id = excluded.supplier_id,
         event_id = excluded.event_id, winner_seq = excluded.winner_seq, version = excluded.version;
  RETURN true;
END $$;

-- An event's way through a replay: first its item is held against the whole ledger, then the event is decided if it
-- is not yet (or was rejected and is acceptable now). The item's last event in the replay says publish, with the
-- item's version as it is then. Run again, it changes nothing; of an event that is done it says nothing more to do.
CREATE FUNCTION resync_catalog_item(p_seq bigint, p_item_id text, p_sku text, p_replay_id text)
  RETURNS TABLE (outcome text, rule text, version integer, quantity integer, publish boolean,
                 lost_to_supplier text, lost_to_event text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_tenant text;
  v_state text;
  v_flows boolean;
  v_undecided boolean;
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
  v_undecided := e.kind <> 'void' AND e.voided_by_seq IS NULL AND (e.decision IS NULL OR e.decision = 'rejected');

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
    IF v_undecided THEN
      SELECT s.outcome INTO v_decision FROM save_catalog_item(p_seq, p_item_id, p_sku, p_replay_id) s;
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
  v_outcome := coalesce(CASE WHEN r.done_at_us IS NOT NULL THEN r.outcome END, CASE
    WHEN NOT v_flows THEN 'held'
    WHEN e.kind = 'void' OR e.voided_by_seq IS NOT NULL THEN 'voided'
    WHEN i.winner_seq = p_seq THEN 'won'
    ELSE 'superseded' END);
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

-- As before, and for a replay: the flag is that of the event that made the version, which need not be the event at
-- hand, and a version that is accepted is told again, once a replay.
CREATE OR REPLACE FUNCTION begin_publish_attempt(p_seq bigint, p_item_id text, p_version integer, p_workflow_id text,
                                                 p_message_id text, p_replay_id text)
  RETURNS TABLE (verdict text, attempt_id bigint, quantity integer, storefront_url text, storefront_secret bytea)
  LANGUAGE plpgsql AS $$
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
      UPDATE supplier_event x
         SET start_due_us = NULL, held_at_us = CASE WHEN v_verdict = 'withheld' THEN now_us() END
       WHERE x.seq = p_seq;
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

-- As before, and for a replay: the answer is the version's, so it ends the event that made the version.
CREATE OR REPLACE FUNCTION finish_publish_attempt(p_attempt_id bigint, p_status text, p_http_status integer, p_reason text)
  RETURNS TABLE (finished_at_us bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_now bigint := now_us();
  v_maker bigint;
  v_publication text;
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
    -- An accepted version stays accepted: a later refusal of the same content does not take it off the page.
    UPDATE catalog_item_version v SET publication = p_status, publication_at_us = v_now
     WHERE v.item_id = a.item_id AND v.version = a.version AND v.publication <> 'accepted';
    UPDATE supplier_event x
       SET start_due_us = NULL, held_at_us = NULL,
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

-- Writes down that an event's workflow in a replay ends in failure. What it says of the event goes into the ledger as
-- ever; what it says of a publication goes to the event that made the version.
CREATE FUNCTION record_resync_failure(p_seq bigint, p_replay_id text, p_failure_mode text, p_detail text) RETURNS void
  LANGUAGE plpgsql AS $$
DECLARE
  r replay_event%ROWTYPE;
BEGIN
  SELECT * INTO STRICT r FROM replay_event x WHERE x.replay_id = p_replay_id AND x.seq = p_seq;
  IF r.done_at_us IS NOT NULL THEN
    RETURN;
  END IF;
  IF p_failure_mode IN ('malformed_sku', 'clock_drift') THEN
    PERFORM record_event_failure(p_seq, p_failure_mode, p_detail);
  ELSIF p_failure_mode IN ('publish_rejected', 'storefront_unreachable') THEN
    PERFORM record_event_failure(v.event_seq, p_failure_mode, p_detail)
       FROM (SELECT a.item_id, a.version FROM publish_attempt a
              WHERE a.item_id = r.item_id AND a.replay_id = p_replay_id AND a.event_seq = p_seq
              ORDER BY a.id DESC LIMIT 1) told
       JOIN catalog_item_version v ON v.item_id = told.item_id AND v.version = told.version
      WHERE v.publication <> 'accepted';
  ELSE
    PERFORM record_event_failure(p_seq, p_failure_mode, p_detail)
       FROM supplier_event e WHERE e.seq = p_seq AND e.decision IS NULL;
  END IF;
  IF r.is_last THEN
    PERFORM settle_replay_items(p_replay_id, r.item_id);
  END IF;
  PERFORM finish_replay_event(p_replay_id, p_seq,
    CASE WHEN p_failure_mode IN ('malformed_sku', 'clock_drift') THEN 'rejected' ELSE 'failed' END, p_failure_mode);
END $$;
