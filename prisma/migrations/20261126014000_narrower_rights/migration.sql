-- Less is granted, so what a process did by a right of its own it does by a function: src/database/rights.ts says which.
-- Nothing leaves the ledger without an entry in the audit list that was written with it, and a decision stays as it fell.

-- An erasure finds a tenant's probes without a look at those of all others.
CREATE INDEX "storefront_probe_by_bytes" ON "storefront_probe"("item_id" COLLATE "C");

-- Nothing younger may be pruned, in microseconds: src/retention/least-age.ts says why, and a test holds it to that.
CREATE OR REPLACE FUNCTION least_age_us()
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT 2 * 86400000000
$$;

-- Writes down that a prune of a tenant begins, and who began it, in one: prune_events works for such a run alone. Nothing
-- younger than the least age may go, whoever asks, and nothing of a tenant that is being erased.
CREATE OR REPLACE FUNCTION begin_prune(p_tenant text, p_cutoff_us bigint, p_actor text, p_archive text,
                                       p_origin jsonb DEFAULT NULL::jsonb)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_id integer;
BEGIN
  IF p_cutoff_us > now_us() - least_age_us() THEN
    RAISE EXCEPTION 'what is younger than % s is not pruned', least_age_us() / 1000000
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  IF EXISTS (SELECT 1 FROM tenant_erasure x WHERE x.tenant_id = p_tenant) THEN
    RAISE EXCEPTION 'tenant % is being erased, or was', p_tenant USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  INSERT INTO prune_run (tenant_id, actor, cutoff_us, archive) VALUES (p_tenant, p_actor, p_cutoff_us, p_archive)
  RETURNING id INTO v_id;
  INSERT INTO audit_entry (tenant_id, actor, action, subject, after,
                           principal_kind, principal_name, token_id, request_id, address)
  VALUES (p_tenant, p_actor, 'prune.run', 'prune/' || v_id,
          jsonb_build_object('cutoff', to_char('epoch'::timestamp + p_cutoff_us * interval '1 microsecond',
                                               'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                             'archive', p_archive),
          coalesce(p_origin #>> '{principal,kind}', 'process'), coalesce(p_origin #>> '{principal,name}', p_actor),
          p_origin ->> 'tokenId', p_origin ->> 'requestId', p_origin ->> 'address');
  RETURN v_id;
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

-- Begins the erasure of a closed tenant, unless it has begun, and writes down who wants it and why, in one: no row goes
-- by erase_tenant_rows before. A prune of the tenant that is under way ends: two that write archives and tombstones of
-- the same events would contradict each other.
CREATE OR REPLACE FUNCTION begin_erasure(p_tenant text, p_actor text, p_reason text, p_origin jsonb DEFAULT NULL::jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_state text;
  v_prune integer;
BEGIN
  PERFORM pg_advisory_xact_lock(tenant_lock(p_tenant));
  IF EXISTS (SELECT 1 FROM tenant_erasure x WHERE x.tenant_id = p_tenant) THEN
    RETURN;
  END IF;
  SELECT t.state INTO v_state FROM tenant t WHERE t.id = p_tenant;
  IF v_state IS DISTINCT FROM 'closed' THEN
    RAISE EXCEPTION 'tenant % is %, not closed', p_tenant, coalesce(v_state, 'unknown')
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  UPDATE prune_run r SET state = 'stopped', finished_at_us = now_us()
   WHERE r.tenant_id = p_tenant AND r.state = 'running';
  INSERT INTO prune_run (tenant_id, actor, cutoff_us) VALUES (p_tenant, p_actor, now_us()) RETURNING id INTO v_prune;
  INSERT INTO tenant_erasure (tenant_id, actor, reason, prune_id) VALUES (p_tenant, p_actor, p_reason, v_prune);
  INSERT INTO audit_entry (tenant_id, actor, action, subject, reason, before,
                           principal_kind, principal_name, token_id, request_id, address)
  VALUES (p_tenant, p_actor, 'tenant.erase', 'tenant/' || p_tenant, p_reason, jsonb_build_object('state', v_state),
          coalesce(p_origin #>> '{principal,kind}', 'process'), coalesce(p_origin #>> '{principal,name}', p_actor),
          p_origin ->> 'tokenId', p_origin ->> 'requestId', p_origin ->> 'address');
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
                                 'gate_watch', 'trace_review', 'signal_sample'] LOOP
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

-- Makes due what a replay that has ended made and will not publish itself. Whoever ends a replay may call it, so that
-- nobody needs to be let at the due times of the whole ledger; for a tenant's own only, where it works for one tenant.
CREATE OR REPLACE FUNCTION release_replay_rest(p_replay_id text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
  UPDATE supplier_event e SET start_due_us = now_us()
    FROM replay r JOIN catalog_item_version v ON v.replay_id = r.id
   WHERE r.id = p_replay_id AND r.state <> 'running'
     AND (current_setting('role') <> 'catalog_sync_tenant' OR r.tenant_id = current_setting('catalog_sync.tenant', true))
     AND v.publication = 'due' AND e.seq = v.event_seq AND e.start_due_us IS NULL
     AND NOT EXISTS (SELECT 1 FROM replay_event x
                      WHERE x.replay_id = p_replay_id AND x.item_id = v.item_id AND x.is_last AND x.start_count > 0
                        AND x.done_at_us IS NULL)
$$;

-- Ends a replay; completed it is only when all its events are done. What it has started goes on to its end; what it made but will not publish goes the way of live events.
CREATE OR REPLACE FUNCTION end_replay(p_replay_id text, p_state text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
BEGIN
  IF p_state = 'completed' AND EXISTS (
    SELECT 1 FROM replay r
     WHERE r.id = p_replay_id
       AND (r.prepared_at_us IS NULL
            OR EXISTS (SELECT 1 FROM replay_event x WHERE x.replay_id = r.id AND x.done_at_us IS NULL)))
  THEN
    RETURN false;
  END IF;
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
  PERFORM release_replay_rest(p_replay_id);
  RETURN true;
END $$;

-- A decision stays as it fell, with the rule and the rival it fell by, and so do who made a manual fix, and why. Only a
-- rejected event is decided anew, by a replay. The owner is let through: who owns the table could drop this, and has to
-- be able to mend what a hand has altered.
CREATE OR REPLACE FUNCTION keep_decision()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
  IF (OLD.decision, OLD.rule, OLD.decision_no, OLD.decided_at_us, OLD.item_id, OLD.version, OLD.lost_to_seq, OLD.beat_seq,
      OLD.judged_by, OLD.kind, OLD.reason, OLD.actor, OLD.target_seq, coalesce(OLD.voided_by_seq, NEW.voided_by_seq))
     IS NOT DISTINCT FROM
     (NEW.decision, NEW.rule, NEW.decision_no, NEW.decided_at_us, NEW.item_id, NEW.version, NEW.lost_to_seq, NEW.beat_seq,
      NEW.judged_by, NEW.kind, NEW.reason, NEW.actor, NEW.target_seq, NEW.voided_by_seq)
     OR pg_has_role(current_user, 'catalog_sync_owner', 'USAGE')
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'event % is decided, and its decision stays', OLD.seq USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE TRIGGER supplier_event_decided
  BEFORE UPDATE OF decision, rule, decision_no, decided_at_us, item_id, version, lost_to_seq, beat_seq, judged_by, kind, reason, actor, target_seq, voided_by_seq ON supplier_event
  FOR EACH ROW WHEN ((OLD.decision <> 'rejected'::text)) EXECUTE FUNCTION keep_decision();

-- Whether a SKU is one of a supplier's rule, as far as the database can tell: null where its regular expressions and RE2
-- (src/sku-rule) could differ, or where a rule could be too much for them. What it takes is characters, classes, groups
-- and branches, as nearly every rule is made of, and SKUs in ASCII. It is asked for every event of a day: the rule that
-- suppliers have unless told otherwise is not looked through each time.
CREATE OR REPLACE FUNCTION fits_rule(p_pattern text, p_sku text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE
    WHEN octet_length(p_sku) <> length(p_sku) OR strpos(p_sku, E'\n') > 0 THEN NULL
    WHEN p_pattern = '[A-Z0-9][A-Z0-9._-]{0,63}' OR p_pattern COLLATE "C" ~ '^\^?(?:(?:[A-Za-z0-9_.-]|\\[dw./-]|\[\^?(?:[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9._/])+-?\])(?:[?*+]|\{[0-9]{1,2}(?:,(?:[0-9]{1,2})?)?\})?|\((?:\?:)?|\)[?*+]?|\|)+\$?$'
      THEN p_sku COLLATE "C" ~ ('^(?:' || p_pattern || ')$')
    END
$$;

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
    WHEN e.decision IN ('won', 'superseded') AND NOT fits_rule(j.sku_pattern, sku_key(e.sku)) THEN 'sku_not_by_rule'
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

-- Binds each entry of the audit list to those before it. It runs at the commit, when its transaction has every other lock
-- that it will ever take: whoever waits here holds up nobody in a circle, and holds the chain for the commit alone. Who
-- comes next waits for the next place in the chain, which nobody else can occupy; an advisory lock is for anybody to take.
CREATE OR REPLACE FUNCTION chain_audit_entry()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_no bigint;
  v_hash bytea;
BEGIN
  LOOP
    SELECT x.no, x.hash INTO v_no, v_hash FROM audit_chain x ORDER BY x.no DESC LIMIT 1;
    v_no := coalesce(v_no, 0) + 1;
    INSERT INTO audit_chain (no, entry_id, hash) VALUES (v_no, NEW.id, audit_hash(v_hash, audit_content(NEW, v_no)))
    ON CONFLICT (no) DO NOTHING;
    EXIT WHEN FOUND;
  END LOOP;
  RETURN NULL;
END $$;

REVOKE EXECUTE ON FUNCTION begin_prune(text, bigint, text, text, jsonb), begin_erasure(text, text, text, jsonb),
  release_replay_rest(text) FROM PUBLIC;
