-- Files of suppliers: how each one comes and is read, and what became of it.

-- A supplier may hand a file in by its own proof.
ALTER TABLE "audit_entry" DROP CONSTRAINT "audit_entry_principal_known";
ALTER TABLE "audit_entry" ADD CONSTRAINT "audit_entry_principal_known"
  CHECK ("principal_kind" IN ('token', 'console', 'supplier', 'cli', 'process', 'nobody'));

CREATE TABLE "feed" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "supplier_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "paused" BOOLEAN NOT NULL DEFAULT false,
    "next_due_us" BIGINT,
    "created_at_us" BIGINT NOT NULL DEFAULT now_us(),

    CONSTRAINT "feed_pkey" PRIMARY KEY ("tenant_id","id")
);

CREATE TABLE "feed_version" (
    "tenant_id" TEXT NOT NULL,
    "feed_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "document" JSONB NOT NULL,
    "secrets" BYTEA,
    "created_by" TEXT NOT NULL,
    "created_at_us" BIGINT NOT NULL DEFAULT now_us(),

    CONSTRAINT "feed_version_pkey" PRIMARY KEY ("tenant_id","feed_id","version")
);

CREATE TABLE "feed_run" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "feed_id" TEXT NOT NULL,
    "feed_version" INTEGER NOT NULL,
    "trigger" TEXT NOT NULL,
    "requested_by" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "failure" TEXT,
    "file_name" TEXT,
    "file_digest" BYTEA,
    "file_bytes" BIGINT NOT NULL DEFAULT 0,
    "file_time_us" BIGINT,
    "etag" TEXT,
    "found" JSONB,
    "rows" INTEGER NOT NULL DEFAULT 0,
    "refused" INTEGER NOT NULL DEFAULT 0,
    "figures" INTEGER NOT NULL DEFAULT 0,
    "zeros" INTEGER NOT NULL DEFAULT 0,
    "newest_us" BIGINT,
    "refusals" JSONB NOT NULL DEFAULT '{}',
    "reasons" JSONB,
    "recorded_rows" INTEGER NOT NULL DEFAULT 0,
    "accepted" INTEGER NOT NULL DEFAULT 0,
    "duplicates" INTEGER NOT NULL DEFAULT 0,
    "conflicts" INTEGER NOT NULL DEFAULT 0,
    "snapshot_us" BIGINT,
    "zeroed_upto" TEXT NOT NULL DEFAULT '',
    "zeroed" INTEGER NOT NULL DEFAULT 0,
    "decided_by" TEXT,
    "decided_reason" TEXT,
    "created_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "finished_at_us" BIGINT,
    "start_due_us" BIGINT,
    "start_count" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "feed_run_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "feed_file" (
    "run_id" TEXT NOT NULL,
    "part" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "feed_file_pkey" PRIMARY KEY ("run_id","part")
);

CREATE TABLE "feed_refusal" (
    "run_id" TEXT NOT NULL,
    "no" INTEGER NOT NULL,
    "line" INTEGER NOT NULL,
    "code" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "feed_refusal_pkey" PRIMARY KEY ("run_id","no")
);

CREATE TABLE "feed_run_item" (
    "run_id" TEXT NOT NULL,
    "sku_key" TEXT NOT NULL,
    "location" TEXT NOT NULL,
    "quantity" INTEGER,
    "updated_at_us" BIGINT,

    CONSTRAINT "feed_run_item_pkey" PRIMARY KEY ("run_id","sku_key","location")
);

CREATE TABLE "feed_event" (
    "seq" BIGINT NOT NULL,
    "run_id" TEXT NOT NULL,
    "line" INTEGER NOT NULL,

    CONSTRAINT "feed_event_pkey" PRIMARY KEY ("seq")
);

CREATE INDEX "feed_run_tenant_id_feed_id_created_at_us_idx" ON "feed_run"("tenant_id", "feed_id", "created_at_us");

ALTER TABLE "feed" ADD CONSTRAINT "feed_tenant_id_supplier_id_fkey" FOREIGN KEY ("tenant_id", "supplier_id") REFERENCES "supplier"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "feed_version" ADD CONSTRAINT "feed_version_tenant_id_feed_id_fkey" FOREIGN KEY ("tenant_id", "feed_id") REFERENCES "feed"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "feed_run" ADD CONSTRAINT "feed_run_tenant_id_feed_id_fkey" FOREIGN KEY ("tenant_id", "feed_id") REFERENCES "feed"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "feed_file" ADD CONSTRAINT "feed_file_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "feed_run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "feed_refusal" ADD CONSTRAINT "feed_refusal_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "feed_run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "feed_run_item" ADD CONSTRAINT "feed_run_item_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "feed_run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "feed_event" ADD CONSTRAINT "feed_event_seq_fkey" FOREIGN KEY ("seq") REFERENCES "supplier_event"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "feed_event" ADD CONSTRAINT "feed_event_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "feed_run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma cannot say.
ALTER TABLE feed ADD CONSTRAINT feed_id_form CHECK (id ~ '^[a-z0-9-]{1,40}$');
ALTER TABLE feed_run
  ADD CONSTRAINT feed_run_id_form CHECK (id ~ '^[a-z0-9-]{1,40}$'),
  ADD CONSTRAINT feed_run_trigger_known CHECK (trigger IN ('upload', 'command', 'schedule')),
  ADD CONSTRAINT feed_run_state_known CHECK (state IN (
    'receiving', 'fetching', 'reading', 'held', 'recording', 'zeroing',
    'completed', 'unchanged', 'refused', 'failed', 'cancelled'));
-- At most one of a feed at a time; one that is held waits beside it.
CREATE UNIQUE INDEX feed_run_under_way ON feed_run (tenant_id, feed_id)
  WHERE state IN ('receiving', 'fetching', 'reading', 'recording', 'zeroing');
CREATE INDEX feed_run_start_due ON feed_run (start_due_us) WHERE start_due_us IS NOT NULL;
CREATE INDEX feed_due ON feed (next_due_us) WHERE next_due_us IS NOT NULL AND NOT paused;

-- Writes down that a file of a feed is to be run: one that is received in parts (upload), or one that a worker fetches.
-- Answers the run's id; null: another run of the feed is under way. A schedule's runs are too many for the audit list.
CREATE OR REPLACE FUNCTION request_feed_run(p_tenant text, p_feed text, p_trigger text, p_requested_by text,
                                            p_origin jsonb DEFAULT NULL::jsonb)
 RETURNS text
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_id text;
BEGIN
  INSERT INTO feed_run (id, tenant_id, feed_id, feed_version, trigger, requested_by, state, created_at_us, start_due_us)
  SELECT to_char(to_timestamp(v_now / 1e6) AT TIME ZONE 'UTC', 'YYYY-MM-DD') || '-' || left(gen_random_uuid()::text, 8),
         f.tenant_id, f.id, f.version, p_trigger, p_requested_by,
         CASE p_trigger WHEN 'upload' THEN 'receiving' ELSE 'fetching' END, v_now,
         -- Of what nothing more comes, a worker makes an end.
         v_now + CASE p_trigger WHEN 'upload' THEN 600000000 ELSE 0 END
    FROM feed f WHERE f.tenant_id = p_tenant AND f.id = p_feed
  ON CONFLICT (tenant_id, feed_id) WHERE state IN ('receiving', 'fetching', 'reading', 'recording', 'zeroing') DO NOTHING
  RETURNING id INTO v_id;
  IF v_id IS NULL THEN
    RETURN NULL;
  END IF;
  IF p_trigger <> 'schedule' THEN
    INSERT INTO audit_entry (tenant_id, actor, principal_kind, principal_name, token_id, request_id, address, action,
                             subject, after)
    VALUES (p_tenant, p_requested_by, coalesce(p_origin #>> '{principal,kind}', 'process'),
            coalesce(p_origin #>> '{principal,name}', p_requested_by), p_origin ->> 'tokenId',
            p_origin ->> 'requestId', p_origin ->> 'address', 'feed.run', 'feed-run/' || v_id,
            jsonb_build_object('feed', p_feed));
  END IF;
  PERFORM pg_notify('supplier_event', '');
  RETURN v_id;
END $$;

-- Hands runs of feeds whose workflow has to be started, or looked after, to a worker.
CREATE OR REPLACE FUNCTION claim_feed_runs(p_limit integer, p_lease_us bigint)
 RETURNS TABLE(id text, tenant_id text, feed_id text, start_count integer)
 LANGUAGE sql
AS $$
  WITH due AS MATERIALIZED (
    SELECT r.id FROM feed_run r
     WHERE r.start_due_us <= now_us()
     ORDER BY r.start_due_us
     LIMIT p_limit
       FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE feed_run r
     SET start_due_us = now_us() + p_lease_us, start_count = r.start_count + 1
    FROM due WHERE r.id = due.id
  RETURNING r.id, r.tenant_id, r.feed_id, r.start_count
$$;

-- Ends a run that is under way or held. Answers whether it was.
CREATE OR REPLACE FUNCTION end_feed_run(p_run_id text, p_state text, p_failure text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE feed_run r SET state = p_state, failure = p_failure, finished_at_us = now_us(), start_due_us = NULL
   WHERE r.id = p_run_id AND r.state IN ('receiving', 'fetching', 'reading', 'held', 'recording', 'zeroing');
  RETURN FOUND;
END $$;

-- Writes down what the next rows of a file are, while it is read: which items they name, and which of them are refused.
-- Nothing of it flows yet. Answers false where the run is not there any more: it has ended, or another worker reads it.
-- p_counts: {"refused","figures","zeros","newestUs","codes": {code: count}};
-- p_items: [{"sku","location","quantity"?,"updatedAtUs"?}]; p_refusals: [{"line","code","reason","text"}].
CREATE OR REPLACE FUNCTION note_feed_rows(p_run_id text, p_before integer, p_upto integer, p_counts jsonb, p_items jsonb,
                                          p_refusals jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
DECLARE
  v_kept integer;
BEGIN
  UPDATE feed_run r
     SET rows = p_upto,
         refused = r.refused + (p_counts ->> 'refused')::integer,
         figures = r.figures + (p_counts ->> 'figures')::integer,
         zeros = r.zeros + (p_counts ->> 'zeros')::integer,
         newest_us = greatest(r.newest_us, (p_counts ->> 'newestUs')::bigint),
         refusals = (SELECT coalesce(jsonb_object_agg(c.code, c.count), '{}')
                       FROM (SELECT x.key AS code, sum(x.value::bigint) AS count
                               FROM (SELECT * FROM jsonb_each_text(r.refusals)
                                     UNION ALL SELECT * FROM jsonb_each_text(p_counts -> 'codes')) x
                              GROUP BY x.key) c)
   WHERE r.id = p_run_id AND r.state = 'reading' AND r.rows = p_before;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO feed_run_item AS i (run_id, sku_key, location, quantity, updated_at_us)
  SELECT DISTINCT ON (sku_key(x.sku), x.location) p_run_id, sku_key(x.sku), x.location, x.quantity, x."updatedAtUs"
    FROM jsonb_to_recordset(p_items) AS x (sku text, location text, quantity integer, "updatedAtUs" bigint)
   ORDER BY sku_key(x.sku), x.location, x."updatedAtUs" DESC NULLS LAST, x.quantity
  ON CONFLICT (run_id, sku_key, location) DO UPDATE
     SET quantity = excluded.quantity, updated_at_us = excluded.updated_at_us
   WHERE excluded.quantity IS NOT NULL
     AND (i.quantity IS NULL OR excluded.updated_at_us > i.updated_at_us
          OR (excluded.updated_at_us = i.updated_at_us AND excluded.quantity < i.quantity));
  IF jsonb_array_length(p_refusals) > 0 THEN
    SELECT coalesce(max(f.no), 0) INTO v_kept FROM feed_refusal f WHERE f.run_id = p_run_id;
    INSERT INTO feed_refusal (run_id, no, line, code, reason, text)
    SELECT p_run_id, v_kept + x.no, x.line, x.code, x.reason, x.text
      FROM ROWS FROM (jsonb_to_recordset(p_refusals) AS (line integer, code text, reason text, text text)) WITH ORDINALITY
             AS x (line, code, reason, text, no)
     WHERE v_kept + x.no <= 1000;
  END IF;
  RETURN true;
END $$;

-- What a supplier says of an item now: of each location the greatest of its events that take part in the contest. Reads
-- one row of the index supplier_event_standing for each.
CREATE OR REPLACE FUNCTION supplier_standing(p_item_id text, p_supplier text)
 RETURNS SETOF supplier_event
 LANGUAGE sql
 STABLE
AS $$
  WITH RECURSIVE standing AS (
    (SELECT e AS event FROM supplier_event e
      WHERE e.item_id = p_item_id AND e.supplier_id = p_supplier AND e.decision IN ('won', 'superseded')
        AND e.voided_by_seq IS NULL
      ORDER BY e.location, e.updated_at_us DESC, e.quantity, e.event_id DESC
      LIMIT 1)
    UNION ALL
    SELECT n.event
      FROM standing s
     CROSS JOIN LATERAL (
       SELECT e AS event FROM supplier_event e
        WHERE e.item_id = p_item_id AND e.supplier_id = p_supplier AND e.decision IN ('won', 'superseded')
          AND e.voided_by_seq IS NULL AND e.location > (s.event).location
        ORDER BY e.location, e.updated_at_us DESC, e.quantity, e.event_id DESC
        LIMIT 1) n
  )
  SELECT (s.event).* FROM standing s
$$;

-- Whether a run's file speaks of a figure of an item, so that it is not missing there. Of a file that names p_locations, a
-- figure at another one is none of its business. A row whose location cannot be read speaks of all ('\x01').
CREATE OR REPLACE FUNCTION feed_names(p_run_id text, p_sku_key text, p_location text, p_locations text[])
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE WHEN cardinality(p_locations) > 0
    THEN EXISTS (SELECT 1 FROM feed_run_item i
                  WHERE i.run_id = p_run_id AND i.sku_key = p_sku_key AND i.location IN (p_location, E'\u0001'))
         OR p_location <> ALL (p_locations)
    ELSE EXISTS (SELECT 1 FROM feed_run_item i WHERE i.run_id = p_run_id AND i.sku_key = p_sku_key) END
$$;

-- What the figures of a file that was read would do to those that its supplier has said before: see judge-file.ts.
-- p_snapshot_us: null where absence says nothing.
CREATE OR REPLACE FUNCTION feed_run_counts(p_run_id text, p_snapshot_us bigint)
 RETURNS TABLE(known bigint, above0 bigint, zeroed bigint, items bigint, unheard bigint)
 LANGUAGE plpgsql
 STABLE
AS $$
DECLARE
  v_tenant text;
  v_supplier text;
  v_locations text[];
BEGIN
  SELECT r.tenant_id, f.supplier_id INTO STRICT v_tenant, v_supplier
    FROM feed_run r JOIN feed f ON f.tenant_id = r.tenant_id AND f.id = r.feed_id WHERE r.id = p_run_id;
  v_locations := ARRAY(SELECT DISTINCT i.location FROM feed_run_item i
                        WHERE i.run_id = p_run_id AND i.location NOT IN ('', E'\u0001'));
  RETURN QUERY
  WITH standing AS MATERIALIZED (
    SELECT substr(c.item_id, length(v_tenant) + 2) AS sku_key, s.location, s.quantity, s.updated_at_us,
           s.expired_by_seq IS NOT NULL AS expired
      FROM catalog_item c CROSS JOIN LATERAL supplier_standing(c.item_id, v_supplier) s
     WHERE c.tenant_id = v_tenant
  ), figure AS (
    SELECT s.sku_key, NOT s.expired AND s.quantity > 0 AS before,
           CASE WHEN i.quantity IS NOT NULL AND i.updated_at_us >= s.updated_at_us THEN i.quantity > 0
                WHEN p_snapshot_us > s.updated_at_us AND NOT feed_names(p_run_id, s.sku_key, s.location, v_locations)
                THEN false
                ELSE NOT s.expired AND s.quantity > 0 END AS after
      FROM standing s
      LEFT JOIN feed_run_item i ON i.run_id = p_run_id AND i.sku_key = s.sku_key AND i.location = s.location
    UNION ALL
    SELECT i.sku_key, false, i.quantity > 0
      FROM feed_run_item i
     WHERE i.run_id = p_run_id AND i.quantity IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM standing s WHERE s.sku_key = i.sku_key AND s.location = i.location)
  ), item AS (
    SELECT x.sku_key, bool_or(x.before) AS before, bool_or(x.after) AS after FROM figure x GROUP BY x.sku_key
  ), named AS (
    SELECT DISTINCT i.sku_key FROM feed_run_item i WHERE i.run_id = p_run_id
  )
  SELECT (SELECT count(DISTINCT s.sku_key) FROM standing s),
         (SELECT count(*) FROM item x WHERE x.before),
         (SELECT count(*) FROM item x WHERE x.before AND NOT x.after),
         (SELECT count(*) FROM named),
         (SELECT count(*) FROM named n WHERE NOT EXISTS (SELECT 1 FROM standing s WHERE s.sku_key = n.sku_key));
END $$;

-- Writes down by which run and line events came that were new to the ledger. p_receipts: [{"eventId","status","line"}].
CREATE OR REPLACE FUNCTION note_feed_events(p_tenant text, p_supplier text, p_run_id text, p_receipts jsonb)
 RETURNS void
 LANGUAGE sql
AS $$
  INSERT INTO feed_event (seq, run_id, line)
  SELECT e.seq, p_run_id, min(x.line)
    FROM jsonb_to_recordset(p_receipts) AS x ("eventId" text, status text, line integer)
    JOIN supplier_event e ON e.tenant_id = p_tenant AND e.supplier_id = p_supplier AND e.event_id = x."eventId"
   WHERE x.status = 'accepted'
   GROUP BY e.seq
$$;

-- Puts the events of the next rows of a file into the ledger, and the run's place after them: in one transaction, so that
-- every row comes once, whatever is killed. Answers null where the run is not there any more: it has ended, or another
-- worker goes on with it.
-- p_events: as record_supplier_events has them, each with its "line".
CREATE OR REPLACE FUNCTION record_feed_events(p_run_id text, p_before integer, p_upto integer, p_events jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_tenant text;
  v_supplier text;
  v_receipts jsonb := '[]';
  v_counts jsonb;
  v_kept integer;
BEGIN
  UPDATE feed_run r SET recorded_rows = p_upto
   WHERE r.id = p_run_id AND r.state = 'recording' AND r.recorded_rows = p_before
  RETURNING r.tenant_id, (SELECT f.supplier_id FROM feed f WHERE f.tenant_id = r.tenant_id AND f.id = r.feed_id)
    INTO v_tenant, v_supplier;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF jsonb_array_length(p_events) > 0 THEN
    SELECT jsonb_agg(jsonb_build_object('eventId', x.event_id, 'status', x.status, 'line', e.value -> 'line') ORDER BY e.no)
      INTO v_receipts
      FROM record_supplier_events(v_tenant, v_supplier, p_events) WITH ORDINALITY AS x (event_id, workflow_id, status, no)
      JOIN jsonb_array_elements(p_events) WITH ORDINALITY AS e (value, no) ON e.no = x.no;
  END IF;
  PERFORM note_feed_events(v_tenant, v_supplier, p_run_id, v_receipts);
  SELECT jsonb_build_object('accepted', count(*) FILTER (WHERE x ->> 'status' = 'accepted'),
                            'duplicates', count(*) FILTER (WHERE x ->> 'status' = 'duplicate'),
                            'conflicts', count(*) FILTER (WHERE x ->> 'status' = 'conflict'))
    INTO v_counts FROM jsonb_array_elements(v_receipts) x;
  UPDATE feed_run r
     SET accepted = r.accepted + (v_counts ->> 'accepted')::integer,
         duplicates = r.duplicates + (v_counts ->> 'duplicates')::integer,
         conflicts = r.conflicts + (v_counts ->> 'conflicts')::integer
   WHERE r.id = p_run_id;
  IF (v_counts ->> 'conflicts')::integer > 0 THEN
    SELECT coalesce(max(f.no), 0) INTO v_kept FROM feed_refusal f WHERE f.run_id = p_run_id;
    INSERT INTO feed_refusal (run_id, no, line, code, reason, text)
    SELECT p_run_id, v_kept + row_number() OVER (ORDER BY c.no), (c.value ->> 'line')::integer, 'event_id_reused',
           'the event id ' || (c.value ->> 'eventId') || ' is known with another content, which stays', ''
      FROM jsonb_array_elements(v_receipts) WITH ORDINALITY AS c (value, no)
     WHERE c.value ->> 'status' = 'conflict'
     ORDER BY c.no LIMIT greatest(0, 1000 - v_kept);
  END IF;
  RETURN v_counts;
END $$;

-- Takes the next step of a snapshot that is wholly in the ledger: of p_limit items of the catalog, each figure of the
-- supplier that is above 0, older than the snapshot, and not in its file gets an event of 0 that names the run. Items of
-- which nothing is decided yet come last. Answers whether that was all; null: the run is not there any more. Started
-- again at any point, it does nothing twice: the events' ids say of what they are.
CREATE OR REPLACE FUNCTION zero_missing(p_run_id text, p_limit integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  r feed_run%ROWTYPE;
  v_supplier text;
  v_locations text[];
  v_last text;
  v_seen integer;
  v_events jsonb;
  v_receipts jsonb;
BEGIN
  SELECT * INTO r FROM feed_run x WHERE x.id = p_run_id AND x.state = 'zeroing' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF r.snapshot_us IS NULL THEN
    RETURN true;
  END IF;
  SELECT f.supplier_id INTO v_supplier FROM feed f WHERE f.tenant_id = r.tenant_id AND f.id = r.feed_id;
  v_locations := ARRAY(SELECT DISTINCT i.location FROM feed_run_item i
                        WHERE i.run_id = p_run_id AND i.location NOT IN ('', E'\u0001'));
  WITH page AS MATERIALIZED (
    SELECT c.item_id FROM catalog_item c
     WHERE c.tenant_id = r.tenant_id AND c.item_id COLLATE "C" > r.zeroed_upto
     ORDER BY c.item_id COLLATE "C" LIMIT p_limit
  ), missing AS (
    SELECT s.sku, s.location, p.item_id
      FROM page p CROSS JOIN LATERAL supplier_standing(p.item_id, v_supplier) s
     WHERE s.quantity > 0 AND s.expired_by_seq IS NULL AND s.updated_at_us < r.snapshot_us
       AND NOT feed_names(p_run_id, substr(p.item_id, length(r.tenant_id) + 2), s.location, v_locations)
  )
  SELECT (SELECT count(*) FROM page), (SELECT max(p.item_id COLLATE "C") FROM page p),
         (SELECT jsonb_agg(jsonb_build_object('sku', m.sku, 'location', m.location, 'of', m.item_id)) FROM missing m)
    INTO v_seen, v_last, v_events;
  IF v_seen = 0 THEN
    SELECT jsonb_agg(jsonb_build_object('sku', m.sku, 'location', m.location, 'of', r.tenant_id || ':' || m.sku_key))
      INTO v_events
      FROM (SELECT u.* FROM (
              SELECT DISTINCT ON (sku_key(e.sku), e.location) sku_key(e.sku) AS sku_key, e.sku, e.location, e.quantity,
                     e.updated_at_us
                FROM supplier_event e
               WHERE e.tenant_id = r.tenant_id AND e.supplier_id = v_supplier AND e.decision IS NULL AND e.kind = 'update'
               ORDER BY sku_key(e.sku), e.location, e.updated_at_us DESC, e.quantity) u
             WHERE u.quantity > 0 AND u.updated_at_us < r.snapshot_us
               AND NOT feed_names(p_run_id, u.sku_key, u.location, v_locations)
             LIMIT p_limit) m;
  END IF;
  IF v_events IS NOT NULL THEN
    SELECT jsonb_agg(jsonb_build_object('eventId', m.id, 'sku', m.sku, 'location', m.location, 'quantity', 0,
             'updatedAtUs', r.snapshot_us::text, 'line', 0,
             'workflowId', 'sync:' || r.tenant_id || ':' || v_supplier || ':' || replace(m.id, ':', '%3A')))
      INTO v_events
      FROM (SELECT 'missing:' || p_run_id || ':' || md5(jsonb_build_array(x.of, x.location)::text) AS id, x.*
              FROM jsonb_to_recordset(v_events) AS x (sku text, location text, of text)) m;
    SELECT jsonb_agg(jsonb_build_object('eventId', x.event_id, 'status', x.status, 'line', 0))
      INTO v_receipts FROM record_supplier_events(r.tenant_id, v_supplier, v_events) x;
    PERFORM note_feed_events(r.tenant_id, v_supplier, p_run_id, v_receipts);
  END IF;
  UPDATE feed_run x
     SET zeroed_upto = coalesce(v_last, x.zeroed_upto),
         zeroed = x.zeroed + (SELECT count(*) FROM jsonb_array_elements(coalesce(v_receipts, '[]')) y
                               WHERE y ->> 'status' = 'accepted')
   WHERE x.id = p_run_id;
  RETURN v_seen = 0 AND NOT coalesce(v_receipts @> '[{"status": "accepted"}]', false);
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
  v_all := v_all + v_count;
  -- One that is received is due late by itself.
  UPDATE feed_run r SET start_due_us = v_now
    FROM (SELECT o.id FROM feed_run o WHERE o.start_due_us > v_now + p_longest_us AND o.state <> 'receiving'
             FOR NO KEY UPDATE SKIP LOCKED) late
   WHERE r.id = late.id;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_all + v_count;
END $$;

-- Takes those of some events out of the ledger that may go, with their versions, attempts and further deliveries, and
-- leaves a tombstone of each, which names the archive's file (p_file) if there is one.
-- Whether an event may go is asked under its item's lock and its own: a void may have given it an item meanwhile. Items
-- and events that are busy are left for another time: live work waits for a prune, never the other way round, and
-- for no longer than this call.
-- A cutoff that is younger than the least age is refused, whoever wrote it down.
-- Of what goes, the few facts by which an event that stays was decided are kept, for as long as that one stays.
CREATE OR REPLACE FUNCTION prune_events(p_prune_id integer, p_file integer, p_seqs bigint[])
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
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
  IF r.cutoff_us > now_us() - least_age_us() THEN
    RAISE EXCEPTION 'prune % is of what is younger than % s', p_prune_id, least_age_us() / 1000000
      USING ERRCODE = 'object_not_in_prerequisite_state';
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
  DELETE FROM feed_event f WHERE f.seq = ANY (v_seqs);
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
  INSERT INTO archived_rival (seq, item_id, supplier_id, event_id, quantity, updated_at_us, location, decision_no,
                              prune_id, file)
  SELECT e.seq, e.item_id, e.supplier_id, e.event_id, e.quantity, e.updated_at_us, e.location, e.decision_no, p_prune_id,
         p_file
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

-- Takes one step of erasing a closed tenant: at most p_rows rows of one of its tables, an event with all that hangs on it;
-- at last its suppliers and the tenant itself. Answers how many rows went; 0 is the end. Under the tenant's exclusive
-- lock, so that nothing of it is decided or told meanwhile. Each event leaves its tombstone. Audit list and prunes stay.
-- begin_erasure has written down who began it.
-- A table of another kind of thing of a tenant joins a list below: those that hang on events before them.
CREATE OR REPLACE FUNCTION erase_tenant_rows(p_tenant text, p_rows integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
#variable_conflict use_column
DECLARE
  v_state text;
  v_prune integer;
  v_table text;
  v_count integer := 0;
  v_gone jsonb;
  v_seqs bigint[];
  v_deliveries integer;
  v_counted integer;
  v_fed integer;
  v_attempts integer;
  v_items integer;
  v_versions integer;
  v_end boolean := false;
BEGIN
  PERFORM pg_advisory_xact_lock(tenant_lock(p_tenant));
  SELECT x.prune_id INTO v_prune FROM tenant_erasure x WHERE x.tenant_id = p_tenant AND x.rows_gone_at_us IS NULL
     FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no erasure of tenant % is under way', p_tenant USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  SELECT t.state INTO v_state FROM tenant t WHERE t.id = p_tenant;
  IF v_state <> 'closed' THEN
    RAISE EXCEPTION 'tenant % is %, not closed', p_tenant, v_state USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;

  -- Without its secrets a supplier's delivery is refused: so nothing comes in any more.
  FOREACH v_table IN ARRAY ARRAY['supplier_secret', 'console_session', 'api_token', 'gate_request', 'checklist_item',
                                 'gate_watch', 'trace_review', 'signal_sample', 'ignored_field', 'refused_delivery'] LOOP
    EXECUTE format('DELETE FROM %1$I WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$I WHERE tenant_id = $1 LIMIT $2))', v_table)
      USING p_tenant, p_rows;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    EXIT WHEN v_count > 0;
  END LOOP;
  IF v_count = 0 THEN
    v_table := 'storefront_probe';
    -- By bytes, which an index knows: other tenants' probes are many.
    DELETE FROM storefront_probe p
     WHERE p.id = ANY (ARRAY(SELECT x.id FROM storefront_probe x
                               WHERE x.item_id COLLATE "C" >= p_tenant || ':' AND x.item_id COLLATE "C" < p_tenant || ';'
                               LIMIT p_rows));
    GET DIAGNOSTICS v_count = ROW_COUNT;
  END IF;
  IF v_count = 0 THEN
    v_table := 'sweep_finding';
    DELETE FROM sweep_finding f WHERE f.ctid = ANY (ARRAY(
      SELECT x.ctid FROM sweep s JOIN sweep_finding x ON x.sweep_id = s.id WHERE s.tenant_id = p_tenant LIMIT p_rows));
    GET DIAGNOSTICS v_count = ROW_COUNT;
  END IF;
  IF v_count = 0 THEN
    FOREACH v_table IN ARRAY ARRAY['feed_file', 'feed_refusal', 'feed_run_item'] LOOP
      EXECUTE format('DELETE FROM %1$I f WHERE f.ctid = ANY (ARRAY(SELECT x.ctid FROM feed_run r JOIN %1$I x ON x.run_id = r.id '
                     'WHERE r.tenant_id = $1 LIMIT $2))', v_table)
        USING p_tenant, p_rows;
      GET DIAGNOSTICS v_count = ROW_COUNT;
      EXIT WHEN v_count > 0;
    END LOOP;
  END IF;
  IF v_count = 0 THEN
    v_table := 'replay_event';
    DELETE FROM replay_event f WHERE f.ctid = ANY (ARRAY(
      SELECT x.ctid FROM replay r JOIN replay_event x ON x.replay_id = r.id WHERE r.tenant_id = p_tenant LIMIT p_rows));
    GET DIAGNOSTICS v_count = ROW_COUNT;
  END IF;
  IF v_count = 0 THEN
    v_table := 'replay_item';
    DELETE FROM replay_item f WHERE f.ctid = ANY (ARRAY(
      SELECT x.ctid FROM replay r JOIN replay_item x ON x.replay_id = r.id WHERE r.tenant_id = p_tenant LIMIT p_rows));
    GET DIAGNOSTICS v_count = ROW_COUNT;
  END IF;

  IF v_count = 0 THEN
    v_table := 'supplier_event';
    -- A void and the event that it voids name each other, so they go together.
    WITH RECURSIVE batch (seq) AS (
      (SELECT e.seq FROM supplier_event e WHERE e.tenant_id = p_tenant LIMIT p_rows)
      UNION
      SELECT other.seq FROM batch b
       CROSS JOIN LATERAL (SELECT x.seq FROM supplier_event x WHERE x.target_seq = b.seq
                           UNION ALL
                           SELECT x.target_seq FROM supplier_event x WHERE x.seq = b.seq AND x.target_seq IS NOT NULL) other
    )
    SELECT coalesce(array_agg(b.seq), '{}') INTO v_seqs FROM batch b;
    v_count := cardinality(v_seqs);
    IF v_count > 0 THEN
      INSERT INTO pruned_event (key, digest, prune_id)
      SELECT event_key(e.tenant_id, e.supplier_id, e.event_id), half_digest(e.digest), v_prune
        FROM supplier_event e WHERE e.seq = ANY (v_seqs)
      ON CONFLICT (key) DO UPDATE SET digest = excluded.digest, prune_id = excluded.prune_id, file = NULL;
      DELETE FROM duplicate_delivery d WHERE d.seq = ANY (v_seqs);
      GET DIAGNOSTICS v_deliveries = ROW_COUNT;
      DELETE FROM duplicate_count c WHERE c.seq = ANY (v_seqs);
      GET DIAGNOSTICS v_counted = ROW_COUNT;
      DELETE FROM feed_event f WHERE f.seq = ANY (v_seqs);
      GET DIAGNOSTICS v_fed = ROW_COUNT;
      DELETE FROM publish_attempt a
       WHERE a.id IN (SELECT x.id FROM publish_attempt x WHERE x.event_seq = ANY (v_seqs)
                      UNION ALL
                      SELECT x.id FROM catalog_item_version v
                        JOIN publish_attempt x ON x.item_id = v.item_id AND x.version = v.version
                       WHERE v.event_seq = ANY (v_seqs));
      GET DIAGNOSTICS v_attempts = ROW_COUNT;
      DELETE FROM catalog_item i WHERE i.winner_seq = ANY (v_seqs);
      GET DIAGNOSTICS v_items = ROW_COUNT;
      DELETE FROM catalog_item_version v WHERE v.event_seq = ANY (v_seqs);
      GET DIAGNOSTICS v_versions = ROW_COUNT;
      DELETE FROM supplier_event e WHERE e.seq = ANY (v_seqs);
      v_gone := jsonb_build_object('supplier_event', v_count, 'duplicate_delivery', v_deliveries,
                                   'duplicate_count', v_counted, 'feed_event', v_fed, 'publish_attempt', v_attempts,
                                   'catalog_item', v_items, 'catalog_item_version', v_versions);
    END IF;
  END IF;

  IF v_count = 0 THEN
    FOREACH v_table IN ARRAY ARRAY['catalog_item', 'replay', 'sweep', 'feed_run', 'feed_version', 'feed'] LOOP
      EXECUTE format('DELETE FROM %1$I WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$I WHERE tenant_id = $1 LIMIT $2))', v_table)
        USING p_tenant, p_rows;
      GET DIAGNOSTICS v_count = ROW_COUNT;
      EXIT WHEN v_count > 0;
    END LOOP;
  END IF;
  IF v_count = 0 THEN
    v_table := 'archived_rival';
    DELETE FROM archived_rival a WHERE a.seq = ANY (ARRAY(
      SELECT x.seq FROM prune_run r JOIN archived_rival x ON x.prune_id = r.id WHERE r.tenant_id = p_tenant LIMIT p_rows));
    GET DIAGNOSTICS v_count = ROW_COUNT;
  END IF;

  IF v_count = 0 THEN
    DELETE FROM supplier s WHERE s.tenant_id = p_tenant;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_gone := jsonb_build_object('supplier', v_count);
    DELETE FROM tenant t WHERE t.id = p_tenant;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_gone := v_gone || jsonb_build_object('tenant', v_count);
    DELETE FROM stock_rule r WHERE r.tenant_id = p_tenant;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_gone := v_gone || jsonb_build_object('stock_rule', v_count);
    UPDATE tenant_erasure x SET rows_gone_at_us = now_us() WHERE x.tenant_id = p_tenant;
    UPDATE prune_run r SET state = 'completed', finished_at_us = now_us(), seen_at_us = now_us() WHERE r.id = v_prune;
    v_end := true;
  END IF;
  v_gone := coalesce(v_gone, jsonb_build_object(v_table, v_count));
  UPDATE tenant_erasure x
     SET erased = (SELECT coalesce(jsonb_object_agg(one.name, one.rows) FILTER (WHERE one.rows > 0), '{}')
                     FROM (SELECT k AS name, coalesce((x.erased ->> k)::bigint, 0) + coalesce((v_gone ->> k)::bigint, 0) AS rows
                             FROM jsonb_object_keys(x.erased || v_gone) k) one)
   WHERE x.tenant_id = p_tenant;
  IF v_end THEN
    RETURN 0;
  END IF;
  UPDATE prune_run r SET seen_at_us = now_us() WHERE r.id = v_prune;
  RETURN (SELECT sum(one.value::integer) FROM jsonb_each_text(v_gone) one);
END $$;
