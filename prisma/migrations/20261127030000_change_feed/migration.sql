-- The change feed: each version has the number of its transaction; those of before it come first, by item. Items and
-- versions go by their bytes, as its cursors do.
ALTER TABLE "catalog_item_version" ADD COLUMN "change_no" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "ledger_home" ADD COLUMN "change_base" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "prune_run" ADD COLUMN "changes_upto" BIGINT;
CREATE INDEX catalog_item_version_changes
  ON catalog_item_version (split_part(item_id, ':', 1), change_no, item_id COLLATE "C", version);

-- Gives a new version its place in the change feed: the number of its transaction. Transactions end in another order than
-- they begin, so a reader goes no further than the oldest one that is still open, behind which nothing can come any more.
-- An item's versions keep their order, also where a transaction waited for one that began after it: it takes that one's
-- number, which nobody reads before both have ended. A row that brings a number is a restored one.
CREATE OR REPLACE FUNCTION number_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
  NEW.change_no := greatest(
    pg_current_xact_id()::text::bigint + (SELECT h.change_base FROM ledger_home h),
    (SELECT v.change_no FROM catalog_item_version v WHERE v.item_id = NEW.item_id ORDER BY v.version DESC LIMIT 1));
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER catalog_item_version_change BEFORE INSERT ON catalog_item_version
  FOR EACH ROW WHEN ((NEW.change_no = 0)) EXECUTE FUNCTION number_change();

-- Makes sure that nothing which went out before is told a second time with another content: from now on versions are
-- above every one that the ledger can have given out, and sequence numbers are, too, so that a workflow of a lost event
-- finds nothing, and never another event in its place. What was lost is unknown, so the floor goes by the clock: a second for
-- each version. Then every tenant's storefront is swept, and what it shows otherwise is published anew.
-- Answers the new floor of versions.
CREATE OR REPLACE FUNCTION begin_generation(p_actor text, p_reason text, p_origin jsonb DEFAULT NULL::jsonb)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_now bigint := now_us();
  v_spare constant integer := 1000;
  v_floor integer;
  v_base bigint;
  h ledger_home%ROWTYPE;
BEGIN
  SELECT * INTO STRICT h FROM ledger_home FOR UPDATE;
  -- 2026-01-01T00:00:00Z, so that the clock's seconds last for 60 years.
  v_floor := least(highest_version(), greatest(h.version_floor + v_spare, v_now / 1000000 - 1767225600));
  PERFORM setval('supplier_event_seq_seq', greatest(nextval('supplier_event_seq_seq') + 1000 * v_spare, v_now / 1000));
  PERFORM setval('publish_attempt_id_seq', greatest(nextval('publish_attempt_id_seq') + 1000 * v_spare, v_now / 1000));
  -- Above every change that there is: another cluster may number its transactions from further below.
  v_base := greatest(h.change_base, 1 - pg_current_xact_id()::text::bigint + coalesce(
    (SELECT max(n.change_no) FROM tenant t
      CROSS JOIN LATERAL (SELECT v.change_no FROM catalog_item_version v
                           WHERE split_part(v.item_id, ':', 1) = t.id
                           ORDER BY split_part(v.item_id, ':', 1) DESC, v.change_no DESC LIMIT 1) n), 0));
  UPDATE ledger_home
     SET place = ledger_place(), generation = h.generation + 1, version_floor = v_floor, began_at_us = v_now,
         change_base = v_base;
  INSERT INTO audit_entry (actor, action, subject, reason, before, after,
                           principal_kind, principal_name, token_id, request_id, address)
  VALUES (p_actor, 'ledger.restored', 'ledger/generation-' || h.generation + 1, p_reason,
          jsonb_build_object('versionFloor', h.version_floor), jsonb_build_object('versionFloor', v_floor),
          coalesce(p_origin #>> '{principal,kind}', 'process'), coalesce(p_origin #>> '{principal,name}', p_actor),
          p_origin ->> 'tokenId', p_origin ->> 'requestId', p_origin ->> 'address');
  -- One that runs has asked for some items already.
  PERFORM end_sweep(s.id, 'cancelled', 'a new generation of the ledger has begun') FROM sweep s WHERE s.state = 'running';
  PERFORM request_sweep(t.id, true, p_actor, p_origin => p_origin) FROM tenant t;
  RETURN v_floor;
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
  v_changes_upto bigint;
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
  DELETE FROM event_code c WHERE c.seq = ANY (v_seqs);
  DELETE FROM publish_attempt a
   WHERE a.id IN (SELECT x.id FROM publish_attempt x WHERE x.event_seq = ANY (v_seqs)
                  UNION ALL
                  SELECT x.id FROM catalog_item_version v
                    JOIN publish_attempt x ON x.item_id = v.item_id AND x.version = v.version
                   WHERE v.event_seq = ANY (v_seqs));
  GET DIAGNOSTICS v_attempts = ROW_COUNT;
  WITH gone AS (DELETE FROM catalog_item_version v WHERE v.event_seq = ANY (v_seqs) RETURNING v.change_no)
  SELECT count(*), max(g.change_no) INTO v_versions, v_changes_upto FROM gone g;
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
         changes_upto = greatest(x.changes_upto, v_changes_upto),
         received_min_us = least(x.received_min_us, (SELECT min(e.received_at_us) FROM unnest(v_rows) e)),
         received_max_us = greatest(x.received_max_us, (SELECT max(e.received_at_us) FROM unnest(v_rows) e)),
         updated_min_us = least(x.updated_min_us, (SELECT min(e.updated_at_us) FROM unnest(v_rows) e WHERE e.decision <> 'rejected')),
         updated_max_us = greatest(x.updated_max_us, (SELECT max(e.updated_at_us) FROM unnest(v_rows) e WHERE e.decision <> 'rejected'))
   WHERE x.id = p_prune_id;
  RETURN cardinality(v_rows);
END $$;
