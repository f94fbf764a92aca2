-- The events of a file go into the ledger at once, and are decided behind those that come live.

-- An event of a file has its turn after what comes live: its due time lies so much later, beyond every clock and lease, in
-- the order of arrival; see claim_file_events.
CREATE OR REPLACE FUNCTION behind_live_us()
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT 4000000000000000
$$;

-- They get other parameters.
DROP FUNCTION record_supplier_events(text, text, jsonb);
DROP FUNCTION note_feed_events(text, text, text, jsonb);

-- Puts a delivery into the ledger: all of it or, on an error, nothing.
-- p_events: [{"eventId","sku","quantity","updatedAtUs","location"?,"updatedAtSent"?,"workflowId","ignored"?: [field],
-- "isSku"?: true}];
-- answers in the same order. What a supplier calls by a code of its own gets its SKU before anybody sees it, unless the
-- event says that it names a SKU: see apply_aliases.
-- p_behind: they come from a file, and wait behind what comes live: see claim_file_events.
-- A statement each, because only a later statement's snapshot sees a row that ON CONFLICT waited for. For the same
-- reason tombstones are looked up after the insert: whoever prunes an event takes it away and leaves its tombstone in
-- one transaction, so that an id which could be inserted has its tombstone in sight by then. And a known event is
-- locked before its delivery is written down: else it could be pruned in between.
CREATE OR REPLACE FUNCTION record_supplier_events(p_tenant text, p_supplier text, p_events jsonb,
                                                  p_behind boolean DEFAULT false)
 RETURNS TABLE(event_id text, workflow_id text, status text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  v_new bigint[];
  v_keys uuid[];
  v_pruned uuid[];
  v_known bigint[] := '{}';
  v_arrived integer;
  v_holds boolean;
BEGIN
  SELECT t.unknown_skus = 'hold' INTO v_holds FROM tenant t WHERE t.id = p_tenant;
  IF v_holds THEN
    PERFORM pg_advisory_xact_lock_shared(alias_lock(p_tenant));
  END IF;

  -- Sorted, so that two deliveries with the same events wait for each other instead of deadlocking.
  WITH arrived AS (
    SELECT DISTINCT ON (d."eventId" COLLATE "C") d.*
      FROM ROWS FROM (jsonb_to_recordset(p_events)
             AS ("eventId" text, sku text, quantity integer, "updatedAtUs" bigint, location text, "updatedAtSent" text,
                 "workflowId" text)) WITH ORDINALITY
             AS d ("eventId", sku, quantity, "updatedAtUs", location, "updatedAtSent", "workflowId", no)
     ORDER BY d."eventId" COLLATE "C", d.no
  ), inserted AS (
    INSERT INTO supplier_event (tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, location,
                                updated_at_sent, received_at_us, digest, workflow_id, start_due_us)
    SELECT p_tenant, p_supplier, a."eventId", a.sku, a.quantity, a."updatedAtUs", coalesce(a.location, ''),
           a."updatedAtSent", v_now, event_digest(a.sku, a.quantity, a."updatedAtUs", coalesce(a.location, '')),
           a."workflowId", CASE WHEN p_behind THEN behind_live_us() + v_now ELSE v_now END
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

  -- Manual fixes name SKUs.
  IF cardinality(v_new) > 0 AND p_supplier <> 'manual'
     AND (v_holds OR EXISTS (SELECT 1 FROM sku_alias a WHERE a.tenant_id = p_tenant AND a.supplier_id = p_supplier))
  THEN
    PERFORM apply_aliases(p_tenant, p_supplier, ARRAY(
      SELECT e.seq FROM supplier_event e
       WHERE e.seq = ANY (v_new)
         AND e.event_id <> ALL (ARRAY(SELECT x ->> 'eventId' FROM jsonb_array_elements(p_events) x WHERE x ? 'isSku'))));
  END IF;

  IF cardinality(v_new) > 0 THEN
    PERFORM pg_notify('supplier_event', '');
  END IF;

  -- Of what is all new there is nothing to look up.
  IF v_pruned IS NULL AND cardinality(v_new) = jsonb_array_length(p_events) THEN
    RETURN QUERY
    SELECT a.event ->> 'eventId', a.event ->> 'workflowId', 'accepted'
      FROM jsonb_array_elements(p_events) WITH ORDINALITY AS a (event, no) ORDER BY a.no;
  ELSE
    RETURN QUERY
    WITH delivered AS (
      SELECT d.*, e.seq, e.workflow_id AS known_as,
             e.seq = ANY (v_new) AND row_number() OVER (PARTITION BY e.seq ORDER BY d.no) = 1 AS fresh,
             CASE WHEN e.seq IS NULL
                  THEN t.digest = half_digest(event_digest(d.sku, d.quantity, d."updatedAtUs", coalesce(d.location, '')))
                  ELSE e.digest = event_digest(d.sku, d.quantity, d."updatedAtUs", coalesce(d.location, '')) END AS same
        FROM ROWS FROM (jsonb_to_recordset(p_events)
               AS ("eventId" text, sku text, quantity integer, "updatedAtUs" bigint, location text, "updatedAtSent" text,
                   "workflowId" text)) WITH ORDINALITY
               AS d ("eventId", sku, quantity, "updatedAtUs", location, "updatedAtSent", "workflowId", no)
        LEFT JOIN supplier_event e
          ON e.tenant_id = p_tenant AND e.supplier_id = p_supplier AND e.event_id = d."eventId"
        LEFT JOIN pruned_event t ON t.key = CASE WHEN e.seq IS NULL THEN event_key(p_tenant, p_supplier, d."eventId") END
    ), repeated AS (
      INSERT INTO duplicate_delivery (seq, received_at_us, conflict, content)
      SELECT d.seq, v_now, NOT d.same,
             CASE WHEN NOT d.same
                  THEN jsonb_strip_nulls(jsonb_build_object(
                         'sku', d.sku, 'quantity', d.quantity, 'updatedAtUs', d."updatedAtUs"::text,
                         'location', nullif(d.location, ''), 'updatedAtSent', d."updatedAtSent")) END
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
    PERFORM trim_deliveries(v_known || v_new);
  END IF;
  IF p_events @? '$[*].ignored' THEN
    PERFORM note_ignored_fields(p_tenant, p_supplier, p_events);
  END IF;
END $$;

-- Hands a worker events of files, the oldest first, as far as live events leave it room; of its window no more than p_share
-- at a time, and one while a file is being recorded, so that a live event finds the machine free. From then on they are like others: one whose lease passes
-- without an end is due. Each tenant with such events has the same share of the room.
CREATE OR REPLACE FUNCTION claim_file_events(p_worker text, p_window integer, p_share integer, p_limit integer,
                                             p_lease_us bigint)
 RETURNS TABLE(seq bigint, tenant_id text, supplier_id text, event_id text, sku text, quantity integer,
               updated_at_us bigint, received_at_us bigint, workflow_id text, start_count integer,
               released boolean, undecided boolean, sku_pattern text, clock_tolerance_seconds integer,
               rule_id integer)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  v_share integer := p_share;
  v_room integer;
  v_tenants text[];
BEGIN
  SELECT array_agg(t.id ORDER BY random()) INTO v_tenants
    FROM tenant t
   WHERE EXISTS (SELECT 1 FROM supplier_event e WHERE e.tenant_id = t.id AND e.start_due_us >= behind_live_us());
  IF v_tenants IS NULL THEN
    RETURN;
  END IF;
  IF EXISTS (SELECT 1 FROM feed_run r WHERE r.start_due_us IS NOT NULL AND r.state IN ('reading', 'recording')) THEN
    v_share := least(1, p_share);
  END IF;
  SELECT least(p_limit, p_window - count(*), v_share - count(f.seq)) INTO v_room
    FROM (SELECT e.seq FROM supplier_event e
           WHERE e.started_by = p_worker AND e.decision IS NULL AND e.start_due_us > v_now
           LIMIT p_window) in_flight
    LEFT JOIN feed_event f USING (seq);
  IF v_room <= 0 THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH due AS MATERIALIZED (
    SELECT e.seq
      FROM unnest(v_tenants) AS waits (tenant_id)
     CROSS JOIN LATERAL (
       SELECT o.seq FROM supplier_event o
        WHERE o.tenant_id = waits.tenant_id AND o.start_due_us >= behind_live_us()
        ORDER BY o.start_due_us
        LIMIT greatest(1, v_room / cardinality(v_tenants))
          FOR NO KEY UPDATE SKIP LOCKED) e
     LIMIT v_room
  )
  UPDATE supplier_event e
     SET start_due_us = lease_until(v_now, p_lease_us, e.start_count), start_count = e.start_count + 1,
         started_by = p_worker
    FROM due, supplier s
   WHERE e.seq = due.seq AND s.tenant_id = e.tenant_id AND s.id = e.supplier_id
  RETURNING e.seq, e.tenant_id, e.supplier_id, e.event_id, e.sku, e.quantity, e.updated_at_us, e.received_at_us,
            e.workflow_id, e.start_count, e.held_at_us IS NOT NULL, e.decision IS NULL,
            CASE WHEN is_judged(e) THEN '(?s).*' ELSE s.sku_pattern END,
            CASE WHEN is_judged(e) THEN 2147483647 ELSE s.clock_tolerance_seconds END,
            CASE WHEN NOT is_judged(e) THEN s.rule_id END;
END $$;

-- Writes down by which run and line events came that were new to the ledger.
-- p_receipts: [{"workflowId","status","line"}]. Found by the one column that no other index begins with: of a new ledger
-- the planner knows nothing, and would go through all events of the supplier for each.
CREATE OR REPLACE FUNCTION note_feed_events(p_run_id text, p_receipts jsonb)
 RETURNS void
 LANGUAGE sql
AS $$
  INSERT INTO feed_event (seq, run_id, line)
  SELECT e.seq, p_run_id, min(x.line)
    FROM jsonb_to_recordset(p_receipts) AS x ("workflowId" text, status text, line integer)
    JOIN supplier_event e ON e.workflow_id = x."workflowId"
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
    SELECT jsonb_agg(jsonb_build_object('eventId', x.event_id, 'workflowId', x.workflow_id, 'status', x.status,
                                        'line', e.value -> 'line') ORDER BY e.no)
      INTO v_receipts
      FROM record_supplier_events(v_tenant, v_supplier, p_events, true) WITH ORDINALITY AS x (event_id, workflow_id, status, no)
      JOIN jsonb_array_elements(p_events) WITH ORDINALITY AS e (value, no) ON e.no = x.no;
  END IF;
  PERFORM note_feed_events(p_run_id, v_receipts);
  -- Where an alias has changed since the file was read, what came of it is named by it all the same.
  INSERT INTO feed_run_item (run_id, sku_key, location)
  SELECT DISTINCT p_run_id, sku_key(c.sku), e.location
    FROM jsonb_array_elements(v_receipts) x
    JOIN supplier_event e ON e.workflow_id = x ->> 'workflowId'
    JOIN event_code c ON c.seq = e.seq
   WHERE c.factor IS NOT NULL
     AND EXISTS (SELECT 1 FROM sku_alias a WHERE a.tenant_id = v_tenant AND a.supplier_id = v_supplier)
  ON CONFLICT DO NOTHING;
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
  -- A file can be most of a ledger. Until the planner has heard of that it looks for an event by its supplier alone.
  IF p_upto >= 1000 AND floor(log(p_upto)) > floor(log(greatest(p_before, 1))) THEN
    ANALYZE supplier_event;
    ANALYZE feed_event;
  END IF;
  RETURN v_counts;
END $$;

-- Takes the next step of a snapshot that is wholly in the ledger: of p_limit items of the catalog, each figure of the
-- supplier that is above 0, older than the snapshot, and not in its file gets an event of 0 that names the run. Answers
-- whether that was all; null: the run is not there any more. Started
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
  v_fresh integer;
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
  -- First those of which nothing is decided yet: once they are, they are in the catalog, and come with its pages.
  IF r.zeroed_upto = '' THEN
    -- One that waits for an alias is named by its code, and so is its zero, which waits as well.
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
             'sku', m.sku, 'location', m.location, 'of', r.tenant_id || ':' || m.sku_key,
             'isSku', CASE WHEN NOT m.waits THEN true END)))
      INTO v_events
      FROM (SELECT u.* FROM (
              SELECT DISTINCT ON (sku_key(e.sku), e.location) sku_key(e.sku) AS sku_key, e.sku, e.location, e.quantity,
                     e.updated_at_us, is_unknown(e) AS waits
                FROM supplier_event e
               WHERE e.tenant_id = r.tenant_id AND e.supplier_id = v_supplier AND e.decision IS NULL AND e.kind = 'update'
                 -- Of what its own rows say, and these are many.
                 AND NOT EXISTS (SELECT 1 FROM feed_event f WHERE f.seq = e.seq AND f.run_id = p_run_id AND f.line > 0)
               ORDER BY sku_key(e.sku), e.location, e.updated_at_us DESC, e.quantity) u
             WHERE u.quantity > 0 AND u.updated_at_us < r.snapshot_us
               AND NOT feed_names(p_run_id, u.sku_key, u.location, v_locations)
             LIMIT p_limit) m;
  ELSE
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
           (SELECT jsonb_agg(jsonb_build_object('sku', m.sku, 'location', m.location, 'of', m.item_id, 'isSku', true))
              FROM missing m)
      INTO v_seen, v_last, v_events;
  END IF;
  IF v_events IS NOT NULL THEN
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('eventId', m.id, 'sku', m.sku, 'location', m.location,
             'quantity', 0, 'isSku', m."isSku",
             'updatedAtUs', r.snapshot_us::text, 'line', 0,
             'workflowId', 'sync:' || r.tenant_id || ':' || v_supplier || ':' || replace(m.id, ':', '%3A'))))
      INTO v_events
      FROM (SELECT 'missing:' || p_run_id || ':' || md5(jsonb_build_array(x.of, x.location)::text) AS id, x.*
              FROM jsonb_to_recordset(v_events) AS x (sku text, location text, of text, "isSku" boolean)) m;
    SELECT jsonb_agg(jsonb_build_object('workflowId', x.workflow_id, 'status', x.status, 'line', 0))
      INTO v_receipts FROM record_supplier_events(r.tenant_id, v_supplier, v_events, true) x;
    PERFORM note_feed_events(p_run_id, v_receipts);
  END IF;
  v_fresh := (SELECT count(*) FROM jsonb_array_elements(coalesce(v_receipts, '[]')) y WHERE y ->> 'status' = 'accepted');
  UPDATE feed_run x
     -- Before every item's id.
     SET zeroed_upto = coalesce(v_last, CASE WHEN r.zeroed_upto = '' AND v_fresh = 0 THEN ' ' END, x.zeroed_upto),
         zeroed = x.zeroed + v_fresh
   WHERE x.id = p_run_id;
  RETURN r.zeroed_upto <> '' AND v_seen = 0;
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
                                  AND o.start_due_us < behind_live_us()
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
  v_coded integer;
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
                                 'gate_watch', 'trace_review', 'signal_sample', 'ignored_field', 'refused_delivery',
                                 'sku_alias'] LOOP
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
      DELETE FROM event_code c WHERE c.seq = ANY (v_seqs);
      GET DIAGNOSTICS v_coded = ROW_COUNT;
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
                                   'duplicate_count', v_counted, 'feed_event', v_fed, 'event_code', v_coded,
                                   'publish_attempt', v_attempts,
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
  WITH said AS (
    SELECT substr(c.item_id, length(v_tenant) + 2) AS sku_key, s.location, s.quantity, s.updated_at_us,
           s.expired_by_seq IS NOT NULL AS expired
      FROM catalog_item c CROSS JOIN LATERAL supplier_standing(c.item_id, v_supplier) s
     WHERE c.tenant_id = v_tenant
    UNION ALL
    -- What waits to be decided was said as well: the file before this one may have come a minute ago.
    SELECT sku_key(e.sku), e.location, e.quantity, e.updated_at_us, false
      FROM supplier_event e
     WHERE e.tenant_id = v_tenant AND e.supplier_id = v_supplier AND e.decision IS NULL AND e.kind = 'update'
       AND NOT is_unknown(e)
  ), standing AS MATERIALIZED (
    SELECT DISTINCT ON (x.sku_key, x.location) x.*
      FROM said x ORDER BY x.sku_key, x.location, x.updated_at_us DESC, x.quantity
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
