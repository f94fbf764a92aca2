-- An event says what suppliers send: a location, a quantity below 0, a moment finer than a microsecond (cut, and kept as it
-- was sent beside that), and fields that nobody reads here, which are counted. SKUs that look alike are one.

ALTER TABLE supplier_event
  ADD COLUMN location text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN updated_at_sent text,
  DROP CONSTRAINT supplier_event_quantity_not_negative,
  -- Not valid: what is there cannot contradict them, so that nothing has to wait for a look at all of it.
  ADD CONSTRAINT supplier_event_location_length CHECK (char_length(location) <= 40) NOT VALID,
  ADD CONSTRAINT supplier_event_correction_not_negative CHECK (kind <> 'correction' OR quantity >= 0) NOT VALID;
ALTER TABLE archived_rival ADD COLUMN location text COLLATE "C" NOT NULL DEFAULT '';

-- Names of fields that a supplier sends and nobody reads here.
CREATE TABLE "ignored_field" (
    "tenant_id" TEXT NOT NULL,
    "supplier_id" TEXT NOT NULL,
    "field" TEXT NOT NULL,
    "count" BIGINT NOT NULL,
    "first_seen_us" BIGINT NOT NULL,
    "last_seen_us" BIGINT NOT NULL,

    CONSTRAINT "ignored_field_pkey" PRIMARY KEY ("tenant_id","supplier_id","field")
);
ALTER TABLE "ignored_field" ADD CONSTRAINT "ignored_field_tenant_id_supplier_id_fkey"
  FOREIGN KEY ("tenant_id", "supplier_id") REFERENCES "supplier"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE ignored_field
  ADD CONSTRAINT ignored_field_name_length CHECK (char_length(field) <= 64);

DROP FUNCTION event_digest(text, integer, bigint);

-- What an event's content is held against: SHA-256 of SKU, quantity and updatedAt as they arrived, and of the location
-- where there is one.
CREATE OR REPLACE FUNCTION event_digest(p_sku text, p_quantity integer, p_updated_at_us bigint,
                                        p_location text DEFAULT ''::text)
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT sha256(convert_to(p_sku || E'\n' || p_quantity || E'\n' || p_updated_at_us
                           || CASE WHEN p_location = '' THEN '' ELSE E'\n' || p_location END, 'UTF8'))
$$;

-- A SKU as far as the database can normalize it: without characters that nobody sees, composed (NFC), without the white
-- space that String.prototype.trim takes away at its ends, and with the letters a to z in upper case.
CREATE OR REPLACE FUNCTION sku_key(p_sku text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE
    -- ASCII: the usual case, quickly.
    WHEN octet_length(p_sku) = char_length(p_sku) THEN upper(btrim(p_sku, E' \t\n\u000b\f\r') COLLATE "C")
    ELSE normalize(upper(btrim(normalize(translate(p_sku, E'\u00ad\u200b\u200c\u200d\u2060\ufeff', ''), NFC),
                               E' \t\n\u000b\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000')
                         COLLATE "C"), NFC)
    END
$$;

-- Counts the fields of a supplier's events that nobody reads here, as record_supplier_events is given them. 50 names a
-- supplier are kept; further ones are counted together, as '…'. New names come in by one delivery at a time, so that they
-- do not become more. Sorted, and after all other locks of a delivery: two deliveries wait for each other instead of
-- deadlocking.
CREATE OR REPLACE FUNCTION note_ignored_fields(p_tenant text, p_supplier text, p_events jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_fields text[];
BEGIN
  SELECT array_agg(f.name) INTO v_fields
    FROM jsonb_array_elements(p_events) e CROSS JOIN jsonb_array_elements_text(e -> 'ignored') f (name);
  IF EXISTS (SELECT 1 FROM unnest(v_fields) x (name)
              WHERE NOT EXISTS (SELECT 1 FROM ignored_field f
                                 WHERE f.tenant_id = p_tenant AND f.supplier_id = p_supplier AND f.field = x.name)) THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('ignored:' || p_tenant || '/' || p_supplier, 0));
  END IF;
  INSERT INTO ignored_field AS f (tenant_id, supplier_id, field, count, first_seen_us, last_seen_us)
  SELECT p_tenant, p_supplier, kept.field, sum(kept.count), v_now, v_now
    FROM (SELECT CASE WHEN n.known OR n.place <= 50 - n.others THEN n.name ELSE '…' END AS field, n.count
            FROM (SELECT x.name, x.count, k.field IS NOT NULL AS known,
                         count(*) FILTER (WHERE k.field IS NULL) OVER (ORDER BY x.name COLLATE "C") AS place,
                         (SELECT count(*) FROM ignored_field o
                           WHERE o.tenant_id = p_tenant AND o.supplier_id = p_supplier AND o.field <> '…') AS others
                    FROM (SELECT u.name, count(*) AS count FROM unnest(v_fields) u (name) GROUP BY u.name) x
                    LEFT JOIN ignored_field k
                      ON k.tenant_id = p_tenant AND k.supplier_id = p_supplier AND k.field = x.name) n) kept
   GROUP BY kept.field
   ORDER BY kept.field COLLATE "C"
  ON CONFLICT (tenant_id, supplier_id, field) DO UPDATE
     SET count = f.count + excluded.count, last_seen_us = greatest(f.last_seen_us, excluded.last_seen_us);
END $$;

-- Puts a delivery into the ledger: all of it or, on an error, nothing.
-- p_events: [{"eventId","sku","quantity","updatedAtUs","location"?,"updatedAtSent"?,"workflowId","ignored"?: [field]}];
-- answers in the same order.
-- A statement each, because only a later statement's snapshot sees a row that ON CONFLICT waited for. For the same
-- reason tombstones are looked up after the insert: whoever prunes an event takes it away and leaves its tombstone in
-- one transaction, so that an id which could be inserted has its tombstone in sight by then. And a known event is
-- locked before its delivery is written down: else it could be pruned in between.
CREATE OR REPLACE FUNCTION record_supplier_events(p_tenant text, p_supplier text, p_events jsonb)
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
BEGIN
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
           a."workflowId", v_now
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

  IF jsonb_array_length(p_events) > cardinality(v_new) THEN
    PERFORM trim_deliveries(v_known || v_new);
  END IF;
  IF p_events @? '$[*].ignored' THEN
    PERFORM note_ignored_fields(p_tenant, p_supplier, p_events);
  END IF;
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
                                 'gate_watch', 'trace_review', 'signal_sample', 'ignored_field'] LOOP
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
                                   'duplicate_count', v_counted, 'publish_attempt', v_attempts,
                                   'catalog_item', v_items, 'catalog_item_version', v_versions);
    END IF;
  END IF;

  IF v_count = 0 THEN
    FOREACH v_table IN ARRAY ARRAY['catalog_item', 'replay', 'sweep'] LOOP
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

-- It holds what sku_key said before.
REINDEX INDEX supplier_event_without_item;
