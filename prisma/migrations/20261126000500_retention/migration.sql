-- Retention: what prune takes away, what it leaves behind, and what lets it work beside live events.

CREATE TABLE "duplicate_count" (
    "seq" BIGINT NOT NULL,
    "duplicates" INTEGER NOT NULL DEFAULT 0,
    "conflicts" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "duplicate_count_pkey" PRIMARY KEY ("seq")
);
CREATE TABLE "prune_run" (
    "id" SERIAL NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "cutoff_us" BIGINT NOT NULL,
    "archive" TEXT,
    "state" TEXT NOT NULL DEFAULT 'running',
    "started_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "seen_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "finished_at_us" BIGINT,
    "events" BIGINT NOT NULL DEFAULT 0,
    "versions" BIGINT NOT NULL DEFAULT 0,
    "attempts" BIGINT NOT NULL DEFAULT 0,
    "deliveries" BIGINT NOT NULL DEFAULT 0,
    "replays" BIGINT NOT NULL DEFAULT 0,
    "probes" BIGINT NOT NULL DEFAULT 0,
    "received_min_us" BIGINT,
    "received_max_us" BIGINT,
    "updated_min_us" BIGINT,
    "updated_max_us" BIGINT,

    CONSTRAINT "prune_run_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "pruned_event" (
    "key" UUID NOT NULL,
    "digest" UUID NOT NULL,
    "prune_id" INTEGER NOT NULL,
    "file" INTEGER,

    CONSTRAINT "pruned_event_pkey" PRIMARY KEY ("key")
);
CREATE TABLE "archived_rival" (
    "seq" BIGINT NOT NULL,
    "item_id" TEXT NOT NULL,
    "supplier_id" TEXT COLLATE "C" NOT NULL,
    "event_id" TEXT COLLATE "C" NOT NULL,
    "quantity" INTEGER NOT NULL,
    "updated_at_us" BIGINT NOT NULL,
    "decision_no" BIGINT NOT NULL,
    "prune_id" INTEGER NOT NULL,
    "file" INTEGER,

    CONSTRAINT "archived_rival_pkey" PRIMARY KEY ("seq")
);
ALTER TABLE "replay" ADD COLUMN "pruned_at_us" BIGINT, ADD COLUMN "summary" JSONB;

CREATE INDEX "prune_run_tenant_id_id_idx" ON "prune_run"("tenant_id", "id");

ALTER TABLE "duplicate_count" ADD CONSTRAINT "duplicate_count_seq_fkey" FOREIGN KEY ("seq") REFERENCES "supplier_event"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "prune_run" ADD CONSTRAINT "prune_run_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "pruned_event" ADD CONSTRAINT "pruned_event_prune_id_fkey" FOREIGN KEY ("prune_id") REFERENCES "prune_run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "archived_rival" ADD CONSTRAINT "archived_rival_prune_id_fkey" FOREIGN KEY ("prune_id") REFERENCES "prune_run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE prune_run
  ADD CONSTRAINT prune_run_state_known CHECK (state IN ('running', 'completed', 'stopped', 'failed')),
  ADD CONSTRAINT prune_run_archive_form CHECK (archive ~ '^[A-Za-z0-9-]{1,100}$'),
  ADD CONSTRAINT prune_run_ended CHECK ((state = 'running') = (finished_at_us IS NULL)),
  ADD CONSTRAINT prune_run_span_whole CHECK (
    (events = 0) = (received_min_us IS NULL) AND (events = 0) = (received_max_us IS NULL)
    AND (events = 0) = (updated_min_us IS NULL) AND (events = 0) = (updated_max_us IS NULL));
ALTER TABLE duplicate_count
  ADD CONSTRAINT duplicate_count_not_negative CHECK (duplicates >= 0 AND conflicts >= 0);

-- Whom an event lost to, or beat, may be pruned: see archived_rival.
ALTER TABLE supplier_event
  DROP CONSTRAINT "supplier_event_lost_to_seq_fkey",
  DROP CONSTRAINT "supplier_event_beat_seq_fkey";

-- Each row that goes is held against what may name it; without these, each would cost a walk through a whole table.
CREATE INDEX "catalog_item_winner_seq_idx" ON "catalog_item"("winner_seq");
CREATE INDEX "publish_attempt_event_seq_idx" ON "publish_attempt"("event_seq");
CREATE INDEX "replay_event_seq_idx" ON "replay_event"("seq");
CREATE INDEX "trace_review_event_seq_idx" ON "trace_review"("event_seq");
CREATE INDEX supplier_event_lost_to ON supplier_event (lost_to_seq) WHERE lost_to_seq IS NOT NULL;
CREATE INDEX supplier_event_target ON supplier_event (target_seq) WHERE target_seq IS NOT NULL;
CREATE INDEX supplier_event_voided_by ON supplier_event (voided_by_seq) WHERE voided_by_seq IS NOT NULL;

-- By default a fifth of a table has to be dead before its room is used again. Each vacuum walks through all indexes, so
-- much more often would cost more than the room is worth.
ALTER TABLE supplier_event SET (autovacuum_vacuum_scale_factor = 0.1);
ALTER TABLE catalog_item_version SET (autovacuum_vacuum_scale_factor = 0.1);
ALTER TABLE publish_attempt SET (autovacuum_vacuum_scale_factor = 0.1);

-- The first 16 bytes of a SHA-256, in the type that keeps 16 bytes without a length beside them.
CREATE OR REPLACE FUNCTION half_digest(p_digest bytea)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT encode(substr(p_digest, 1, 16), 'hex')::uuid
$$;

-- By what an event is known once it was pruned. Names of tenants and suppliers hold no line break.
CREATE OR REPLACE FUNCTION event_key(p_tenant text, p_supplier text, p_event text)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT half_digest(sha256(convert_to(p_tenant || E'\n' || p_supplier || E'\n' || p_event, 'UTF8')))
$$;

-- Whoever prunes events of a tenant, and whoever begins a replay of a window, take turns: so a replay either finds that
-- its window was reached, or its events are left alone.
CREATE OR REPLACE FUNCTION prune_lock(p_tenant text)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT hashtextextended('prune:' || p_tenant, 0)
$$;

-- Takes events out of the ledger again that came into it in this very transaction: they were known, and pruned.
CREATE OR REPLACE FUNCTION withdraw_events(p_seqs bigint[])
 RETURNS void
 LANGUAGE plpgsql
 SET "catalog_sync.prune" TO 'on'
AS $$
BEGIN
  DELETE FROM supplier_event e WHERE e.seq = ANY (p_seqs);
END $$;

-- Keeps the last ten further deliveries of each kind of some events; duplicate_count knows how many there were.
CREATE OR REPLACE FUNCTION trim_deliveries(p_seqs bigint[])
 RETURNS void
 LANGUAGE plpgsql
 SET "catalog_sync.prune" TO 'on'
AS $$
BEGIN
  DELETE FROM duplicate_delivery d
   USING duplicate_count c, (VALUES (false), (true)) AS kind (conflict)
   WHERE c.seq = ANY (p_seqs) AND (CASE WHEN kind.conflict THEN c.conflicts ELSE c.duplicates END) > 10
     AND d.seq = c.seq AND d.conflict = kind.conflict
     AND d.id <= (SELECT x.id FROM duplicate_delivery x WHERE x.seq = c.seq AND x.conflict = kind.conflict
                   ORDER BY x.seq DESC, x.id DESC OFFSET 10 LIMIT 1);
END $$;

-- Puts a delivery into the ledger: all of it or, on an error, nothing.
-- p_events: [{"eventId","sku","quantity","updatedAtUs","workflowId"}]; answers in the same order.
-- A statement each, because only a later statement's snapshot sees a row that ON CONFLICT waited for. For the same
-- reason tombstones are looked up after the insert: whoever prunes an event takes it away and leaves its tombstone in
-- one transaction, so that an id which could be inserted has its tombstone in sight by then. And a known event is
-- locked before its delivery is written down: else it could be pruned in between.
CREATE OR REPLACE FUNCTION record_supplier_events(p_tenant text, p_supplier text, p_events jsonb)
 RETURNS TABLE(event_id text, workflow_id text, status text)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  v_new bigint[];
  v_keys uuid[];
  v_pruned uuid[];
  v_known bigint[] := '{}';
  v_arrived integer;
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
    RETURNING seq, event_id
  )
  SELECT coalesce(array_agg(i.seq), '{}'), coalesce(array_agg(event_key(p_tenant, p_supplier, i.event_id)), '{}'),
         (SELECT count(*) FROM arrived)
    INTO v_new, v_keys, v_arrived
    FROM inserted i;

  IF v_arrived > cardinality(v_new) THEN
    SELECT coalesce(array_agg(known.seq), '{}') INTO v_known
      FROM (SELECT e.seq FROM supplier_event e
             WHERE e.tenant_id = p_tenant AND e.supplier_id = p_supplier AND e.seq <> ALL (v_new)
               AND e.event_id IN (SELECT x ->> 'eventId' FROM jsonb_array_elements(p_events) x)
               FOR KEY SHARE) known;
  END IF;

  SELECT array_agg(t.key) INTO v_pruned FROM pruned_event t WHERE t.key = ANY (v_keys);
  IF v_pruned IS NOT NULL THEN
    PERFORM withdraw_events(ARRAY(SELECT n.seq FROM unnest(v_new, v_keys) AS n (seq, key) WHERE n.key = ANY (v_pruned)));
    v_new := ARRAY(SELECT n.seq FROM unnest(v_new, v_keys) AS n (seq, key) WHERE n.key <> ALL (v_pruned));
  END IF;

  IF cardinality(v_new) > 0 THEN
    PERFORM pg_notify('supplier_event', '');
  END IF;

  RETURN QUERY
  WITH delivered AS (
    SELECT d.*, e.seq, e.workflow_id AS known_as,
           e.seq = ANY (v_new) AND row_number() OVER (PARTITION BY e.seq ORDER BY d.no) = 1 AS fresh,
           CASE WHEN e.seq IS NULL THEN t.digest = half_digest(event_digest(d.sku, d.quantity, d."updatedAtUs"))
                ELSE e.digest = event_digest(d.sku, d.quantity, d."updatedAtUs") END AS same
      FROM ROWS FROM (jsonb_to_recordset(p_events)
             AS ("eventId" text, sku text, quantity integer, "updatedAtUs" bigint, "workflowId" text)) WITH ORDINALITY
             AS d ("eventId", sku, quantity, "updatedAtUs", "workflowId", no)
      LEFT JOIN supplier_event e
        ON e.tenant_id = p_tenant AND e.supplier_id = p_supplier AND e.event_id = d."eventId"
      LEFT JOIN pruned_event t ON t.key = CASE WHEN e.seq IS NULL THEN event_key(p_tenant, p_supplier, d."eventId") END
  ), repeated AS (
    INSERT INTO duplicate_delivery (seq, received_at_us, conflict, content)
    SELECT d.seq, v_now, NOT d.same,
           CASE WHEN NOT d.same
                THEN jsonb_build_object('sku', d.sku, 'quantity', d.quantity, 'updatedAtUs', d."updatedAtUs"::text) END
      FROM delivered d
     WHERE d.seq IS NOT NULL AND NOT d.fresh
     ORDER BY d.no
  ), counted AS (
    -- Sorted as well; whoever counts has inserted before, and waits for nobody who has not.
    INSERT INTO duplicate_count AS c (seq, duplicates, conflicts)
    SELECT d.seq, count(*) FILTER (WHERE d.same), count(*) FILTER (WHERE NOT d.same)
      FROM delivered d
     WHERE d.seq IS NOT NULL AND NOT d.fresh
     GROUP BY d.seq
     ORDER BY d.seq
    ON CONFLICT (seq) DO UPDATE
       SET duplicates = c.duplicates + excluded.duplicates, conflicts = c.conflicts + excluded.conflicts
  )
  SELECT d."eventId", coalesce(d.known_as, d."workflowId"),
         CASE WHEN d.fresh THEN 'accepted' WHEN d.same THEN 'duplicate' ELSE 'conflict' END
    FROM delivered d
   ORDER BY d.no;

  IF jsonb_array_length(p_events) > cardinality(v_new) THEN
    PERFORM trim_deliveries(v_known || v_new);
  END IF;
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
           THEN NULL ELSE 'rejection' END
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
    LEFT JOIN archived_rival a ON a.seq = coalesce(e.lost_to_seq, e.beat_seq)
    LEFT JOIN catalog_item_version v ON v.item_id = e.item_id AND v.version = e.version
   WHERE e.seq = p_seq
$$;

-- Which of some events may leave the ledger: suppliers' own, received before a moment, decided, and needed by nothing
-- that stays. What stays of an item, however old:
-- its winner and whom that beat, the runner-up, and each supplier's greatest event, so that a void or another rule finds
-- a successor; what a person did, voided, or has to explain; what makes its newest version and the last that the
-- storefront took; what made a version that another event took over, or told the storefront of another's version; and
-- what a replay has written down, or may.
CREATE OR REPLACE FUNCTION prunable_events(p_seqs bigint[], p_before_us bigint)
 RETURNS SETOF bigint
 LANGUAGE sql
 STABLE
AS $$
  WITH old AS MATERIALIZED (
    SELECT e.seq, e.item_id, e.supplier_id, e.decision
      FROM supplier_event e
     WHERE e.seq = ANY (p_seqs) AND e.received_at_us < p_before_us
       AND e.kind = 'update' AND e.decision IN ('won', 'superseded', 'rejected') AND e.voided_by_seq IS NULL
       AND e.start_due_us IS NULL AND e.held_at_us IS NULL
       AND NOT EXISTS (
         SELECT 1 FROM replay x
          WHERE x.tenant_id = e.tenant_id AND x.state = 'running'
            AND CASE x.by WHEN 'received_at' THEN e.received_at_us ELSE e.updated_at_us END >= x.since_us
            AND CASE x.by WHEN 'received_at' THEN e.received_at_us ELSE e.updated_at_us END < x.until_us)
  ), contest AS MATERIALIZED (
    -- Asked once for a supplier's events of an item, which its row carries along: no join has to find them again.
    SELECT x.seqs,
           array_remove(ARRAY(
             SELECT i.winner_seq
             UNION ALL
             SELECT coalesce(w.lost_to_seq, w.beat_seq) FROM supplier_event w WHERE w.seq = i.winner_seq
             UNION ALL
             SELECT two.seq FROM (SELECT s.seq FROM standing_events(x.item_id) s LIMIT 2) two
             UNION ALL
             SELECT coalesce(one.lost_to_seq, one.beat_seq)
               FROM (SELECT s.lost_to_seq, s.beat_seq FROM standing_events(x.item_id) s LIMIT 1) one
             UNION ALL
             SELECT own.seq
               FROM (SELECT s.seq FROM standing_events(x.item_id) s WHERE s.supplier_id = x.supplier_id LIMIT 1) own),
             NULL) AS kept,
           ARRAY[i.version,
                 (SELECT max(v.version) FROM catalog_item_version v WHERE v.item_id = x.item_id),
                 (SELECT v.version FROM catalog_item_version v
                   WHERE v.item_id = x.item_id AND v.publication = 'accepted'
                   ORDER BY v.version DESC LIMIT 1)] AS versions
      FROM (SELECT o.item_id, o.supplier_id, array_agg(o.seq) AS seqs FROM old o
             WHERE o.decision <> 'rejected' GROUP BY o.item_id, o.supplier_id) x
      LEFT JOIN LATERAL (SELECT c.winner_seq, c.version FROM catalog_item c WHERE c.item_id = x.item_id LIMIT 1) i ON true
  ), candidate AS MATERIALIZED (
    SELECT s.seq, c.versions FROM contest c CROSS JOIN LATERAL unnest(c.seqs) AS s (seq) WHERE s.seq <> ALL (c.kept)
    UNION ALL
    SELECT o.seq, NULL FROM old o WHERE o.decision = 'rejected'
  )
  SELECT o.seq
    FROM candidate o
   WHERE NOT EXISTS (SELECT 1 FROM supplier_event x WHERE x.target_seq = o.seq)
     AND NOT EXISTS (SELECT 1 FROM trace_review x WHERE x.event_seq = o.seq)
     AND NOT EXISTS (SELECT 1 FROM replay_event x WHERE x.seq = o.seq)
     -- Counts, and no joins: for each event an index is asked, whatever the planner thinks of how many there are.
     AND 0 = (
       SELECT count(*) FROM publish_attempt a
         JOIN catalog_item_version v ON v.item_id = a.item_id AND v.version = a.version
        WHERE a.event_seq = o.seq AND (a.status = 'sending' OR v.event_seq <> o.seq))
     AND 0 = (
       SELECT count(*) FROM catalog_item_version v
        WHERE v.event_seq = o.seq
          AND (v.version = ANY (o.versions) OR v.publication IN ('due', 'withheld')
               OR EXISTS (SELECT 1 FROM publish_attempt a
                           WHERE a.item_id = v.item_id AND a.version = v.version AND a.status = 'sending')
               -- An event takes a version over that says what it says; one that was voided since still names it.
               OR EXISTS (SELECT 1 FROM supplier_event x
                           WHERE x.item_id = v.item_id AND x.decision IN ('won', 'superseded') AND x.voided_by_seq IS NULL
                             AND x.updated_at_us = v.updated_at_us AND x.quantity = v.quantity
                             AND x.version = v.version AND x.seq <> o.seq)
               OR EXISTS (SELECT 1 FROM supplier_event d JOIN supplier_event x ON x.seq = d.target_seq
                           WHERE d.item_id = v.item_id AND d.kind = 'void'
                             AND x.version = v.version AND x.seq <> o.seq)))
$$;

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
         updated_min_us = least(x.updated_min_us, (SELECT min(e.updated_at_us) FROM unnest(v_rows) e)),
         updated_max_us = greatest(x.updated_max_us, (SELECT max(e.updated_at_us) FROM unnest(v_rows) e))
   WHERE x.id = p_prune_id;
  RETURN cardinality(v_rows);
END $$;

-- Ledger, tombstones and audit list only grow: what prunes says so, for as long as its own function runs.
CREATE OR REPLACE FUNCTION refuse_removal()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
  IF current_setting('catalog_sync.prune', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'rows of % are never deleted', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', HINT = 'Use catalog-sync prune.';
END $$;

CREATE OR REPLACE TRIGGER supplier_event_kept BEFORE DELETE ON supplier_event
  FOR EACH ROW EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER supplier_event_not_truncated BEFORE TRUNCATE ON supplier_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER duplicate_delivery_kept BEFORE DELETE ON duplicate_delivery
  FOR EACH ROW EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER duplicate_delivery_not_truncated BEFORE TRUNCATE ON duplicate_delivery
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER audit_entry_kept BEFORE DELETE OR UPDATE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER audit_entry_not_truncated BEFORE TRUNCATE ON audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER pruned_event_kept BEFORE DELETE ON pruned_event
  FOR EACH ROW EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER pruned_event_not_truncated BEFORE TRUNCATE ON pruned_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();

-- What was delivered again so far: counted, and cut down to the last of each event.
INSERT INTO duplicate_count (seq, duplicates, conflicts)
SELECT d.seq, count(*) FILTER (WHERE NOT d.conflict), count(*) FILTER (WHERE d.conflict)
  FROM duplicate_delivery d GROUP BY d.seq;
SELECT trim_deliveries(ARRAY(SELECT c.seq FROM duplicate_count c WHERE c.duplicates + c.conflicts > 10));
