-- Files of a feed: what was missing from one and is in the next, what came late, what was held.

-- Whether a run's file is newer than another run's: it was written later, where both say when, else it came later.
CREATE OR REPLACE FUNCTION is_newer_file(p_run feed_run, p_other feed_run)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT (coalesce(p_run.file_time_us - p_other.file_time_us, 0), p_run.created_at_us) > (0, p_other.created_at_us)
$$;

-- What a snapshot says of a figure of its supplier otherwise than by a row of its own; no row: nothing. One that is above
-- 0, older than the snapshot, and not named by it is missing: 0. One that such a step wrote for an older file, and that
-- this one names with another quantity in a row that is no newer, is back: as the row says, from the moment after.
-- p_seq: of the event that says the figure.
CREATE OR REPLACE FUNCTION snapshot_figure(p_run feed_run, p_sku_key text, p_seq bigint, p_location text,
                                           p_quantity integer, p_updated_at_us bigint, p_locations text[])
 RETURNS TABLE(why text, quantity integer, updated_at_us bigint)
 LANGUAGE sql
 STABLE
AS $$
  WITH earlier AS (
    SELECT 1 FROM feed_event f JOIN feed_run o ON o.id = f.run_id
     WHERE f.seq = p_seq AND f.line = 0 AND is_newer_file(p_run, o)
  )
  SELECT 'missing', 0, greatest(p_run.snapshot_us, p_updated_at_us)
   WHERE p_quantity > 0 AND (p_updated_at_us < p_run.snapshot_us OR EXISTS (SELECT 1 FROM earlier))
     AND NOT feed_names(p_run.id, p_sku_key, p_location, p_locations)
  UNION ALL
  SELECT 'back', i.quantity, p_updated_at_us + 1
    FROM feed_run_item i
   WHERE i.run_id = p_run.id AND i.sku_key = p_sku_key AND i.location = p_location
     AND i.quantity <> p_quantity AND i.updated_at_us <= p_updated_at_us AND EXISTS (SELECT 1 FROM earlier)
$$;

-- Takes the next step of a snapshot that is wholly in the ledger: of p_limit items of the catalog, each figure of the
-- supplier that is above 0, older than the snapshot, and not in its file gets an event of 0 that names the run; and what
-- was missing from an older one, and is in this one as it was, one that brings it back: see snapshot_figure. Answers
-- whether that was all; null: the run is not there any more. Started again at any point, it does nothing twice: the
-- events' ids say of what they are.
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
  v_back integer;
BEGIN
  SELECT * INTO r FROM feed_run x WHERE x.id = p_run_id AND x.state = 'zeroing' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF r.snapshot_us IS NULL
     -- A newer file has said since what is there, and what is not.
     OR EXISTS (SELECT 1 FROM feed_run o
                 WHERE o.tenant_id = r.tenant_id AND o.feed_id = r.feed_id AND o.state = 'completed' AND is_newer_file(o, r))
  THEN
    RETURN true;
  END IF;
  SELECT f.supplier_id INTO v_supplier FROM feed f WHERE f.tenant_id = r.tenant_id AND f.id = r.feed_id;
  v_locations := ARRAY(SELECT DISTINCT i.location FROM feed_run_item i
                        WHERE i.run_id = p_run_id AND i.location NOT IN ('', E'\u0001'));
  -- First those of which nothing is decided yet: once they are, they are in the catalog, and come with its pages.
  IF r.zeroed_upto = '' THEN
    -- One that waits for an alias is named by its code, and so is what is said of it here, which waits as well.
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
             'why', m.why, 'sku', m.sku, 'location', m.location, 'quantity', m.quantity, 'updatedAtUs', m.updated_at_us,
             'of', r.tenant_id || ':' || m.sku_key, 'isSku', CASE WHEN NOT m.waits THEN true END)))
      INTO v_events
      FROM (SELECT u.sku, u.location, u.sku_key, u.waits, s.*
              FROM (SELECT DISTINCT ON (sku_key(e.sku), e.location) sku_key(e.sku) AS sku_key, e.seq, e.sku, e.location,
                           e.quantity, e.updated_at_us, is_unknown(e) AS waits
                      FROM supplier_event e
                     WHERE e.tenant_id = r.tenant_id AND e.supplier_id = v_supplier AND e.decision IS NULL
                       AND e.kind = 'update'
                       -- Of what its own rows say, and these are many.
                       AND NOT EXISTS (SELECT 1 FROM feed_event f
                                        WHERE f.seq = e.seq AND f.run_id = p_run_id AND f.line > 0)
                     ORDER BY sku_key(e.sku), e.location, e.updated_at_us DESC, e.quantity) u
             CROSS JOIN LATERAL snapshot_figure(r, u.sku_key, u.seq, u.location, u.quantity, u.updated_at_us,
                                                v_locations) s
             LIMIT p_limit) m;
  ELSE
    WITH page AS MATERIALIZED (
      SELECT c.item_id, substr(c.item_id, length(r.tenant_id) + 2) AS sku_key FROM catalog_item c
       WHERE c.tenant_id = r.tenant_id AND c.item_id COLLATE "C" > r.zeroed_upto
       ORDER BY c.item_id COLLATE "C" LIMIT p_limit
    ), said AS (
      SELECT e.sku, e.location, p.item_id, s.*
        FROM page p CROSS JOIN LATERAL supplier_standing(p.item_id, v_supplier) e
       CROSS JOIN LATERAL snapshot_figure(r, p.sku_key, e.seq, e.location, e.quantity, e.updated_at_us, v_locations) s
       WHERE e.expired_by_seq IS NULL
    )
    SELECT (SELECT count(*) FROM page), (SELECT max(p.item_id COLLATE "C") FROM page p),
           (SELECT jsonb_agg(jsonb_build_object('why', m.why, 'sku', m.sku, 'location', m.location, 'quantity', m.quantity,
                                                'updatedAtUs', m.updated_at_us, 'of', m.item_id, 'isSku', true))
              FROM said m)
      INTO v_seen, v_last, v_events;
  END IF;
  IF v_events IS NOT NULL THEN
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('eventId', m.id, 'sku', m.sku, 'location', m.location,
             'quantity', m.quantity, 'isSku', m."isSku", 'updatedAtUs', m."updatedAtUs"::text, 'line', 0,
             'workflowId', 'sync:' || r.tenant_id || ':' || v_supplier || ':' || replace(m.id, ':', '%3A'))))
      INTO v_events
      FROM (SELECT x.why || ':' || p_run_id || ':' || md5(jsonb_build_array(x.of, x.location)::text) AS id, x.*
              FROM jsonb_to_recordset(v_events)
                AS x (why text, sku text, location text, quantity integer, "updatedAtUs" bigint, of text, "isSku" boolean)) m;
    SELECT jsonb_agg(jsonb_build_object('workflowId', x.workflow_id, 'status', x.status, 'line', 0)),
           count(*) FILTER (WHERE x.status = 'accepted'),
           count(*) FILTER (WHERE x.status = 'accepted' AND x.event_id LIKE 'back:%')
      INTO v_receipts, v_fresh, v_back FROM record_supplier_events(r.tenant_id, v_supplier, v_events, true) x;
    PERFORM note_feed_events(p_run_id, v_receipts);
  END IF;
  UPDATE feed_run x
     -- Before every item's id.
     SET zeroed_upto = coalesce(v_last, CASE WHEN r.zeroed_upto = '' AND coalesce(v_fresh, 0) = 0 THEN ' ' END, x.zeroed_upto),
         zeroed = x.zeroed + coalesce(v_fresh - v_back, 0),
         accepted = x.accepted + coalesce(v_back, 0)
   WHERE x.id = p_run_id;
  RETURN r.zeroed_upto <> '' AND v_seen = 0;
END $$;

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
  RETURN v_counts;
END $$;

-- Lets the planner hear how much of the ledger a file is. A statement of its own, so that it holds its lock for no longer
-- than it takes; where somebody else has it, or it takes too long, it is left to the autovacuum.
CREATE OR REPLACE FUNCTION tell_planner_of_file()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
BEGIN
  PERFORM set_config('lock_timeout', '500ms', true);
  ANALYZE supplier_event;
  ANALYZE feed_event;
EXCEPTION WHEN lock_not_available OR query_canceled THEN
  NULL;
END $$;

-- Makes due again what closed flags held or withheld and open flags let go. What came by a file and is not decided yet
-- waits behind what comes live, as it did before: see claim_file_events.
CREATE OR REPLACE FUNCTION release_held_events(p_limit integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_released integer;
BEGIN
  WITH freed AS MATERIALIZED (
    SELECT e.seq
      FROM supplier s
     CROSS JOIN LATERAL (
       SELECT h.seq FROM supplier_event h
        WHERE h.tenant_id = s.tenant_id AND h.supplier_id = s.id AND h.held_at_us IS NOT NULL AND h.start_due_us IS NULL
          -- Else it waits for an alias, and no flag lets it go.
          AND h.item_id IS NOT NULL
        ORDER BY h.seq
        LIMIT p_limit
          FOR NO KEY UPDATE SKIP LOCKED) e
     WHERE event_flows(s.tenant_id, s.id)
     LIMIT p_limit
  )
  -- The mark stays until the event goes on, so that its starter knows that the former run may just be ending. Having
  -- been held does not make its lease longer.
  UPDATE supplier_event e
     SET start_due_us = now_us() + CASE WHEN e.decision IS NULL
                                         AND EXISTS (SELECT 1 FROM feed_event f WHERE f.seq = e.seq)
                                        THEN behind_live_us() ELSE 0 END,
         started_by = NULL, start_count = 1
    FROM freed WHERE e.seq = freed.seq;
  GET DIAGNOSTICS v_released = ROW_COUNT;
  RETURN v_released;
END $$;

-- Lets events flow that waited for an alias of their code, in the order of their arrival: those that have one by now
-- and, where the tenant takes codes as they are, the others too; what came by a file behind what comes live. Call it
-- where aliases or that rule are changed, under alias_lock. Answers how many there were.
CREATE OR REPLACE FUNCTION release_known_codes(p_tenant text, p_supplier text DEFAULT NULL::text)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_now bigint := now_us();
  v_released integer;
BEGIN
  IF current_setting('role') = 'catalog_sync_tenant'
     AND p_tenant IS DISTINCT FROM current_setting('catalog_sync.tenant', true)
  THEN
    RAISE EXCEPTION 'tenant % is another one', p_tenant USING ERRCODE = 'insufficient_privilege';
  END IF;
  WITH waiting AS MATERIALIZED (
    SELECT c.seq, a.sku, a.factor, a.since_us, aliased_quantity(c.quantity, a.factor) AS quantity,
           row_number() OVER (ORDER BY c.seq) AS no
      FROM event_code c
      JOIN tenant t ON t.id = c.tenant_id
      -- Looked up one by one: of aliases that have just been imported the planner knows nothing.
      LEFT JOIN LATERAL (
        SELECT x.* FROM sku_alias x
         WHERE x.tenant_id = c.tenant_id AND x.supplier_id = c.supplier_id AND x.code_key = c.code_key OFFSET 0) a ON true
     WHERE c.tenant_id = p_tenant AND (p_supplier IS NULL OR c.supplier_id = p_supplier)
       AND c.factor IS NULL AND c.waited_until_us IS NULL
       AND (aliased_quantity(c.quantity, a.factor) IS NOT NULL OR a.sku IS NULL AND t.unknown_skus = 'take')
  ), freed AS (
    -- The mark of a held event stays until it goes on, and says since when nothing holds it.
    UPDATE supplier_event e
       SET sku = coalesce(w.sku, e.sku), quantity = coalesce(w.quantity, e.quantity), held_at_us = v_now,
           start_due_us = v_now + w.no + CASE WHEN EXISTS (SELECT 1 FROM feed_event f WHERE f.seq = e.seq)
                                              THEN behind_live_us() ELSE 0 END,
           started_by = NULL
      FROM waiting w
     WHERE e.seq = w.seq AND is_unknown(e)
    RETURNING w.*
  )
  UPDATE event_code c
     SET sku = f.sku, factor = f.factor, alias_since_us = f.since_us, waited_until_us = v_now
    FROM freed f
   WHERE c.seq = f.seq;
  GET DIAGNOSTICS v_released = ROW_COUNT;
  IF v_released > 0 THEN
    PERFORM pg_notify('supplier_event', '');
  END IF;
  RETURN v_released;
END $$;
