CREATE TABLE "storefront" (
    "tenant_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL DEFAULT 'webhook',
    "place" INTEGER NOT NULL DEFAULT 1,
    "state" TEXT NOT NULL DEFAULT 'open',
    "url" TEXT NOT NULL,
    "limits" JSONB,
    "next_call_us" BIGINT NOT NULL DEFAULT 0,
    "calls_until_us" BIGINT[] DEFAULT ARRAY[]::BIGINT[],
    "config" JSONB NOT NULL DEFAULT '{}',
    "secret" BYTEA,
    "secret_before" BYTEA,
    "secret_before_until_us" BIGINT,
    "counts_from" BIGINT NOT NULL DEFAULT 0,
    "nos_from" BIGINT NOT NULL DEFAULT 0,
    "created_at_us" BIGINT NOT NULL DEFAULT now_us(),

    CONSTRAINT "storefront_pkey" PRIMARY KEY ("tenant_id","name")
);

ALTER TABLE "storefront" ADD CONSTRAINT "storefront_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "storefront" ADD CONSTRAINT "storefront_name" CHECK ("name" ~ '^[a-z0-9-]{1,40}$');
ALTER TABLE "storefront" ADD CONSTRAINT "storefront_state" CHECK ("state" IN ('closed', 'open'));
ALTER TABLE "storefront" ADD CONSTRAINT "storefront_place" CHECK ("place" BETWEEN 1 AND 1000);

-- What a tenant had was its shop, told by our own webhook.
INSERT INTO "storefront" ("tenant_id", "name", "url", "secret", "secret_before", "secret_before_until_us")
SELECT "id", 'shop', "storefront_url", "storefront_secret", "storefront_secret_before", "storefront_secret_before_until_us"
  FROM "tenant" WHERE "storefront_url" IS NOT NULL AND "storefront_secret" IS NOT NULL;

ALTER TABLE "tenant" DROP COLUMN "storefront_url",
DROP COLUMN "storefront_secret",
DROP COLUMN "storefront_secret_before",
DROP COLUMN "storefront_secret_before_until_us";

ALTER TABLE "publish_attempt" ADD COLUMN "storefront" TEXT NOT NULL DEFAULT 'shop';

DROP FUNCTION begin_publish_attempt(bigint, text, integer, text, text, text);

-- Which of a tenant's open storefronts is to be told of a version next: one that has neither accepted nor rejected it, whose
-- elders (those of a lower place) all have accepted it, and that is none of p_failed; of several the one that was tried
-- longest ago, so that one that hangs takes no other's turn. What another one of its name said does not count
-- (counts_from), nor what it rejected before it was opened again (nos_from). A replay tells all of them again. verdict: send;
-- later (who is left waits for one of p_failed); rejected (nobody is left, or they stand behind one that said no); accepted
-- by all; closed (none is open). A tenant without a storefront has the default one, by the name of shop.
CREATE OR REPLACE FUNCTION next_storefront(p_tenant text, p_item_id text, p_version integer, p_replay_id text,
                                           p_failed text[])
 RETURNS TABLE(verdict text, storefront text, several boolean)
 LANGUAGE sql
 STABLE
AS $$
  WITH told AS (
    SELECT s.name, s.place,
           (SELECT a.status FROM publish_attempt a
             WHERE a.item_id = p_item_id AND a.version = p_version AND a.storefront = s.name
               AND a.replay_id IS NOT DISTINCT FROM coalesce(p_replay_id, a.replay_id)
               AND a.status IN ('accepted', 'rejected')
               AND a.id > CASE a.status WHEN 'accepted' THEN s.counts_from ELSE s.nos_from END
             ORDER BY a.status, a.id DESC LIMIT 1) AS said,
           (SELECT max(a.id) FROM publish_attempt a
             WHERE a.item_id = p_item_id AND a.version = p_version AND a.storefront = s.name) AS tried
      FROM (SELECT x.name, x.place, x.counts_from, x.nos_from
              FROM storefront x WHERE x.tenant_id = p_tenant AND x.state = 'open'
             UNION ALL
            SELECT 'shop', 1, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM storefront x WHERE x.tenant_id = p_tenant)) s
  ), open_to AS (
    SELECT t.name, t.place, t.said, t.tried,
           EXISTS (SELECT 1 FROM told o WHERE o.place < t.place AND o.said IS DISTINCT FROM 'accepted') AS waits
      FROM told t
  ), next AS (
    SELECT o.name FROM open_to o
     WHERE o.said IS NULL AND NOT o.waits AND o.name <> ALL (p_failed)
     ORDER BY o.place, o.tried NULLS FIRST, o.name LIMIT 1
  )
  SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM told) THEN 'closed'
              WHEN EXISTS (SELECT 1 FROM next) THEN 'send'
              WHEN EXISTS (SELECT 1 FROM open_to o WHERE o.said IS NULL AND NOT o.waits) THEN 'later'
              WHEN EXISTS (SELECT 1 FROM open_to o WHERE o.said IS DISTINCT FROM 'accepted') THEN 'rejected'
              ELSE 'accepted' END,
         (SELECT n.name FROM next n), (SELECT count(*) > 1 FROM told)
$$;

-- Writes down how the publication of a version ended, accepted or rejected, for the event that made it too.
CREATE OR REPLACE FUNCTION end_publication(p_item_id text, p_version integer, p_status text, p_reason text)
 RETURNS void
 LANGUAGE plpgsql
AS $$
DECLARE
  v_maker bigint;
  v_publication text;
  v_more boolean;
BEGIN
  SELECT v.event_seq INTO v_maker
    FROM catalog_item_version v WHERE v.item_id = p_item_id AND v.version = p_version;
  PERFORM 1 FROM supplier_event x WHERE x.seq = v_maker FOR NO KEY UPDATE;
  SELECT v.publication INTO v_publication
    FROM catalog_item_version v WHERE v.item_id = p_item_id AND v.version = p_version FOR NO KEY UPDATE;
  -- A void may have given its maker a newer one meanwhile.
  v_more := EXISTS (SELECT 1 FROM catalog_item_version o
                     WHERE o.event_seq = v_maker AND o.publication IN ('due', 'withheld')
                       AND (o.item_id, o.version) <> (p_item_id, p_version));
  -- An accepted version stays accepted: a later refusal of the same content does not take it off the page.
  UPDATE catalog_item_version v SET publication = p_status, publication_at_us = now_us()
   WHERE v.item_id = p_item_id AND v.version = p_version AND v.publication <> 'accepted';
  UPDATE supplier_event x
     SET start_due_us = CASE WHEN v_more THEN x.start_due_us END, held_at_us = CASE WHEN v_more THEN x.held_at_us END,
         failure_mode = CASE WHEN p_status = 'accepted' THEN NULL
                             WHEN v_publication = 'accepted' THEN x.failure_mode ELSE 'publish_rejected' END,
         failure_detail = CASE WHEN p_status = 'accepted' THEN NULL
                               WHEN v_publication = 'accepted' THEN x.failure_detail ELSE p_reason END
   WHERE x.seq = v_maker AND x.decision IS NOT NULL;
END $$;

-- Opens an attempt to tell a storefront an item's current version, unless there is a reason not to.
-- verdict: send (attempt_id is then given), withheld (a flag is closed), overtaken, accepted (told already), or what
-- next_storefront says, which also says which one it is; with all storefronts closed, withheld. queue: it has limits, and
-- the turn at hand (p_turn) is not one of its. The flag is that of the event that made the version, which in a replay need
-- not be the event at hand; and a replay tells a version that is accepted again, once. Which version is told comes through
-- Temporal: live it has to be one that the event made, in a replay one from when the item's last event had its outcome; any
-- other raises no_data_found.
CREATE OR REPLACE FUNCTION begin_publish_attempt(p_seq bigint, p_item_id text, p_version integer,
                                                 p_workflow_id text, p_message_id text, p_replay_id text,
                                                 p_failed text[] DEFAULT '{}'::text[],
                                                 p_turn text DEFAULT NULL::text)
 RETURNS TABLE(verdict text, attempt_id bigint, quantity integer, storefront text, kind text, url text, config jsonb,
               secret bytea, secret_before bytea, several boolean, limits jsonb)
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
  v_storefront text;
  v_several boolean;
  v_limits jsonb;
BEGIN
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(e.tenant_id));
  PERFORM pg_advisory_xact_lock_shared(item_lock(p_item_id));
  SELECT v.quantity, v.publication, v.event_seq, m.supplier_id
    INTO STRICT v_quantity, v_publication, v_event_seq, v_supplier
    FROM catalog_item_version v JOIN supplier_event m ON m.seq = v.event_seq
   WHERE v.item_id = p_item_id AND v.version = p_version;
  IF p_replay_id IS NULL AND v_event_seq <> p_seq
     OR p_replay_id IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM replay_event x
         JOIN replay_item o ON o.replay_id = x.replay_id AND o.item_id = p_item_id
        WHERE x.replay_id = p_replay_id AND x.seq = p_seq AND x.is_last AND x.outcome IS NOT NULL
          AND p_version >= coalesce(o.version_after, 0))
  THEN
    RAISE no_data_found USING MESSAGE = format('version %s of %s is not for event %s to tell', p_version, p_item_id, p_seq);
  END IF;
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
    SELECT n.verdict, n.storefront, n.several INTO v_verdict, v_storefront, v_several
      FROM next_storefront(e.tenant_id, p_item_id, p_version, p_replay_id, p_failed) n;
    SELECT s.limits INTO v_limits FROM storefront s WHERE s.tenant_id = e.tenant_id AND s.name = v_storefront;
    v_verdict := CASE WHEN v_verdict = 'closed' THEN 'withheld'
                      WHEN v_verdict = 'send' AND v_limits IS NOT NULL AND v_storefront IS DISTINCT FROM p_turn THEN 'queue'
                      ELSE v_verdict END;
  END IF;

  IF v_verdict = 'send' THEN
    INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, replay_id, message_id, storefront)
    VALUES (p_item_id, p_version, p_seq, p_workflow_id, p_replay_id, p_message_id, v_storefront)
    RETURNING id INTO v_attempt;
  ELSIF v_verdict = 'rejected' AND p_replay_id IS NULL AND v_publication IN ('due', 'withheld') THEN
    -- Nobody else is left to say how it ends: the no came first, or those who were waited for are closed or gone.
    PERFORM end_publication(p_item_id, p_version, 'rejected', (
      SELECT a.reason FROM publish_attempt a
        LEFT JOIN storefront s ON s.tenant_id = a.tenant_id AND s.name = a.storefront
       WHERE a.item_id = p_item_id AND a.version = p_version AND a.status = 'rejected'
         AND coalesce(s.state, 'open') = 'open' AND a.id > coalesce(s.nos_from, 0)
       ORDER BY a.id DESC LIMIT 1));
  ELSIF v_verdict NOT IN ('later', 'rejected', 'queue') THEN
    -- By all that are open now, whoever was waited for. What a replay is done with may be due again for another one.
    IF v_verdict = 'accepted' AND v_publication <> 'accepted' AND v_several IS NOT NULL THEN
      PERFORM end_publication(p_item_id, p_version, 'accepted', NULL);
    END IF;
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
       WHERE x.replay_id = p_replay_id AND x.item_id = p_item_id;
      PERFORM finish_replay_event(p_replay_id, p_seq, NULL, NULL);
    END IF;
    IF v_verdict IN ('withheld', 'overtaken') THEN
      UPDATE catalog_item_version v SET publication = v_verdict, publication_at_us = now_us()
       WHERE v.item_id = p_item_id AND v.version = p_version AND v.publication IN ('due', 'withheld');
    END IF;
  END IF;
  RETURN QUERY SELECT v_verdict, v_attempt, v_quantity, v_storefront, s.kind, s.url, s.config, s.secret,
                      CASE WHEN s.secret_before_until_us > now_us() THEN s.secret_before END, v_several, v_limits
    FROM tenant t LEFT JOIN storefront s ON s.tenant_id = t.id AND s.name = v_storefront
   WHERE t.id = e.tenant_id;
END $$;

-- Writes down how an attempt ended: accepted, rejected (both end the event), or failed (it will be tried again).
-- The answer is the version's, so it ends the event that made the version; where several storefronts are open, once all of
-- them have accepted it. A no that counts no more (see next_storefront) ends nothing.
CREATE OR REPLACE FUNCTION finish_publish_attempt(p_attempt_id bigint, p_status text, p_http_status integer,
                                                  p_reason text)
 RETURNS TABLE(finished_at_us bigint)
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_ends boolean := true;
  a publish_attempt%ROWTYPE;
BEGIN
  UPDATE publish_attempt x
     SET status = p_status, http_status = p_http_status, reason = p_reason, finished_at_us = v_now
   WHERE x.id = p_attempt_id
  RETURNING * INTO STRICT a;
  IF p_status = 'accepted' THEN
    SELECT n.verdict = 'accepted' INTO v_ends
      FROM next_storefront(a.tenant_id, a.item_id, a.version, a.replay_id, '{}') n;
  ELSIF p_status = 'rejected' THEN
    v_ends := NOT EXISTS (SELECT 1 FROM storefront s
                             WHERE s.tenant_id = a.tenant_id AND s.name = a.storefront AND s.nos_from >= a.id);
  END IF;
  IF p_status IN ('accepted', 'rejected') AND v_ends THEN
    PERFORM end_publication(a.item_id, a.version, p_status, p_reason);
  END IF;
  IF a.replay_id IS NOT NULL AND v_ends THEN
    UPDATE replay_item x SET published_version = a.version, publication = p_status
     WHERE x.replay_id = a.replay_id AND x.item_id = a.item_id;
    IF p_status = 'accepted' THEN
      PERFORM finish_replay_event(a.replay_id, a.event_seq, NULL, NULL);
    END IF;
  END IF;
  RETURN QUERY SELECT v_now;
END $$;

-- Writes down that an event's workflow ends in failure, so that the ledger says what the workflow says. A workflow is not
-- its own witness: without proof (p_patience_us is 0 with it) a publication's retries are believed to have ended when they
-- can have lasted p_patience_us, in the words of the last attempt; an undecided event stays due, with its failure beside
-- it, and is tried for as long as it takes. What a storefront refused was written down with its attempt.
-- Answers whether the event has ended so.
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
  last publish_attempt%ROWTYPE;
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
  SELECT a.* INTO last FROM publish_attempt a
   WHERE (a.item_id, a.version) = (SELECT v.item_id, v.version FROM catalog_item_version v
                                    WHERE v.event_seq = p_seq ORDER BY v.version DESC LIMIT 1)
     -- Another storefront may have accepted it since.
     AND a.status <> 'accepted'
   ORDER BY a.id DESC LIMIT 1;
  IF p_failure_mode = 'publish_rejected' THEN
    RETURN EXISTS (SELECT 1 FROM publish_attempt a
                    WHERE (a.item_id, a.version, a.status) = (last.item_id, last.version, 'rejected'));
  END IF;
  IF p_patience_us > 0 THEN
    IF e.start_due_us IS NULL
      -- Nothing was tried before it came, was let go, or had its newest version.
      OR v_now + v_slack < p_patience_us + greatest(
           e.received_at_us,
           (SELECT max(v.created_at_us) FROM catalog_item_version v WHERE v.event_seq = p_seq),
           (SELECT greatest(t.opened_at_us, s.opened_at_us) FROM tenant t JOIN supplier s ON s.tenant_id = t.id
             WHERE t.id = e.tenant_id AND s.id = e.supplier_id AND e.held_at_us IS NOT NULL))
    THEN
      RETURN false;
    END IF;
    IF e.decision IS NULL THEN
      UPDATE supplier_event x SET failure_mode = 'transaction_timeout', failure_detail = p_detail WHERE x.seq = p_seq;
      RETURN false;
    END IF;
    IF p_failure_mode = 'storefront_unreachable' THEN
      p_detail := coalesce(last.reason, p_detail);
    END IF;
  END IF;
  UPDATE catalog_item_version v SET publication = 'failed', publication_at_us = v_now
   WHERE v.event_seq = p_seq AND v.publication = 'due';
  UPDATE supplier_event x
     SET failure_mode = p_failure_mode, failure_detail = p_detail, start_due_us = NULL, held_at_us = NULL
   WHERE x.seq = p_seq;
  RETURN true;
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
    DELETE FROM storefront s WHERE s.tenant_id = p_tenant;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_gone := v_gone || jsonb_build_object('storefront', v_count);
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
-- Has an open storefront told of what it has not accepted: the newest versions of p_limit items behind p_after, which are due
-- again, behind what comes live. Those that it has rejected are left alone, if that counts still: see next_storefront; and
-- what is withheld goes the way of release_held_events. Answers the last item that was looked at; null: that was all.
CREATE OR REPLACE FUNCTION tell_of_all(p_tenant text, p_storefront text, p_after text, p_limit integer)
 RETURNS text
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_last text;
  v_seqs bigint[];
  v_items text[];
BEGIN
  SELECT max(x.item_id) INTO v_last
    FROM (SELECT i.item_id FROM catalog_item i
           WHERE i.tenant_id = p_tenant AND i.item_id > p_after ORDER BY i.item_id LIMIT p_limit) x;
  SELECT array_agg(v.event_seq), array_agg(v.item_id) INTO v_seqs, v_items
    FROM storefront s
    JOIN catalog_item i ON i.tenant_id = s.tenant_id AND i.item_id > p_after AND i.item_id <= v_last
    JOIN catalog_item_version v ON v.item_id = i.item_id AND v.version = i.version
   WHERE s.tenant_id = p_tenant AND s.name = p_storefront AND s.state = 'open'
     AND v.publication IN ('accepted', 'rejected', 'failed')
     AND NOT EXISTS (SELECT 1 FROM publish_attempt a
                      WHERE a.item_id = v.item_id AND a.version = v.version AND a.storefront = s.name
                        AND (a.status = 'accepted' AND a.id > s.counts_from OR a.status = 'rejected' AND a.id > s.nos_from));
  -- Before their versions, as whoever ends a publication does.
  PERFORM 1 FROM supplier_event e WHERE e.seq = ANY (v_seqs) ORDER BY e.seq FOR NO KEY UPDATE;
  WITH untold AS (
    UPDATE catalog_item_version v SET publication = 'due', publication_at_us = v_now
      FROM catalog_item i
     WHERE i.item_id = ANY (v_items) AND v.item_id = i.item_id AND v.version = i.version
       AND v.event_seq = ANY (v_seqs) AND v.publication IN ('accepted', 'rejected', 'failed')
    RETURNING v.event_seq
  )
  UPDATE supplier_event e
     SET start_due_us = coalesce(e.start_due_us, behind_live_us() + v_now),
         -- What was given up is under way again.
         failure_mode = CASE WHEN e.failure_mode NOT IN ('publish_rejected', 'storefront_unreachable') THEN e.failure_mode END,
         failure_detail = CASE WHEN e.failure_mode NOT IN ('publish_rejected', 'storefront_unreachable') THEN e.failure_detail END
    FROM untold u
   WHERE e.seq = u.event_seq AND e.decision IS NOT NULL;
  RETURN v_last;
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
          -- With all storefronts closed there is nobody to be told.
          AND (h.decision IS NULL OR NOT EXISTS (SELECT 1 FROM storefront x WHERE x.tenant_id = s.tenant_id)
               OR EXISTS (SELECT 1 FROM storefront x WHERE x.tenant_id = s.tenant_id AND x.state = 'open'))
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

-- Takes a call of a storefront's limits, for at most p_hold_us. turn_us names it, for end_storefront_turn; null: not now, and
-- wait_us is how long to wait before asking again, in µs. Who is unknown or has no limits is free. A clock that went back
-- leaves nobody waiting for longer than it would from now on.
CREATE OR REPLACE FUNCTION take_storefront_turn(p_tenant text, p_storefront text, p_hold_us bigint)
 RETURNS TABLE(turn_us bigint, wait_us bigint)
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint;
  v_next bigint;
  v_between bigint;
  v_at_once integer;
  v_calls bigint[];
  v_turn bigint;
BEGIN
  SELECT s.next_call_us, s.calls_until_us, ceil(1e6 / (s.limits->>'callsPerSecond')::numeric),
         -- A batch fills while the one before it is under way.
         coalesce((s.limits->>'callsAtOnce')::integer, CASE WHEN s.limits->'callsPerSecond' IS NULL THEN 1 END)
    INTO v_next, v_calls, v_between, v_at_once
    FROM storefront s WHERE s.tenant_id = p_tenant AND s.name = p_storefront AND s.limits IS NOT NULL
     FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT now_us() + p_hold_us, 0::bigint;
    RETURN;
  END IF;
  -- Only now, since others may have taken theirs while this waited for the row.
  v_now := now_us();
  v_turn := v_now + p_hold_us;
  v_calls := ARRAY(SELECT c FROM unnest(v_calls) c WHERE c > v_now AND c <= v_now + p_hold_us);
  IF v_between IS NOT NULL AND v_next > v_now AND v_next <= v_now + v_between THEN
    RETURN QUERY SELECT NULL::bigint, v_next - v_now;
    RETURN;
  END IF;
  IF cardinality(v_calls) >= v_at_once THEN
    RETURN QUERY SELECT NULL::bigint, least(100000, (SELECT min(c) FROM unnest(v_calls) c) - v_now);
    RETURN;
  END IF;
  WHILE v_turn = ANY (v_calls) LOOP
    v_turn := v_turn - 1;
  END LOOP;
  UPDATE storefront s
     SET next_call_us = CASE WHEN v_between IS NULL THEN 0 ELSE v_now + v_between END, calls_until_us = v_calls || v_turn
   WHERE s.tenant_id = p_tenant AND s.name = p_storefront;
  RETURN QUERY SELECT v_turn, 0::bigint;
END $$;

-- Gives back what take_storefront_turn gave.
CREATE OR REPLACE FUNCTION end_storefront_turn(p_tenant text, p_storefront text, p_turn_us bigint)
 RETURNS void
 LANGUAGE sql
AS $$
  UPDATE storefront s SET calls_until_us = array_remove(s.calls_until_us, p_turn_us)
   WHERE s.tenant_id = p_tenant AND s.name = p_storefront AND p_turn_us = ANY (s.calls_until_us)
$$;

-- Has the time until the next call of a storefront begin now: getting a call together took some of it since its turn.
CREATE OR REPLACE FUNCTION begin_storefront_call(p_tenant text, p_storefront text)
 RETURNS void
 LANGUAGE sql
AS $$
  UPDATE storefront s SET next_call_us = now_us() + ceil(1e6 / (s.limits->>'callsPerSecond')::numeric)::bigint
   WHERE s.tenant_id = p_tenant AND s.name = p_storefront AND s.limits->'callsPerSecond' IS NOT NULL
$$;

-- Writes down that an event's workflow in a replay ends in failure, if it is believed: see record_event_failure. Its clock
-- is its own: nothing was tried before it was made due. What it says of the event goes into the ledger as if said live;
-- that a storefront could not be told goes to the event that made the version, in the words of the last attempt. What the
-- replay made and will not publish goes the way of live events.
CREATE OR REPLACE FUNCTION record_resync_failure(p_seq bigint, p_replay_id text, p_failure_mode text,
                                                 p_detail text, p_patience_us bigint,
                                                 p_rule_id integer DEFAULT NULL::integer)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
DECLARE
  v_slack constant bigint := 60000000;
  v_since bigint;
  r replay_event%ROWTYPE;
  told publish_attempt%ROWTYPE;
BEGIN
  SELECT * INTO STRICT r FROM replay_event x WHERE x.replay_id = p_replay_id AND x.seq = p_seq;
  IF r.done_at_us IS NOT NULL THEN
    RETURN false;
  END IF;
  SELECT * INTO told FROM publish_attempt a
   WHERE a.item_id = r.item_id AND a.replay_id = p_replay_id AND a.event_seq = p_seq
   -- Another storefront may have accepted it since.
   ORDER BY a.version DESC, a.status = 'accepted', a.id DESC LIMIT 1;
  IF p_failure_mode IN ('malformed_sku', 'clock_drift') THEN
    PERFORM record_event_failure(p_seq, p_failure_mode, p_detail, 0, p_rule_id);
  ELSIF p_failure_mode = 'publish_rejected' THEN
    IF NOT EXISTS (SELECT 1 FROM publish_attempt a
                    WHERE (a.item_id, a.version, a.status) = (told.item_id, told.version, 'rejected')
                      AND a.replay_id = p_replay_id AND a.event_seq = p_seq) THEN
      RETURN false;
    END IF;
  ELSE
    IF p_failure_mode = 'storefront_unreachable' THEN
      SELECT min(a.started_at_us) INTO v_since FROM publish_attempt a
       WHERE a.item_id = r.item_id AND a.replay_id = p_replay_id AND a.event_seq = p_seq;
    END IF;
    v_since := coalesce(v_since, r.first_due_us);
    IF p_patience_us > 0 AND (v_since IS NULL OR now_us() + v_slack < p_patience_us + v_since) THEN
      RETURN false;
    END IF;
    IF p_failure_mode = 'storefront_unreachable' THEN
      PERFORM record_event_failure(v.event_seq, p_failure_mode,
                                   coalesce(CASE WHEN told.status <> 'accepted' THEN told.reason END, p_detail), 0)
         FROM catalog_item_version v
        WHERE v.item_id = told.item_id AND v.version = told.version AND v.publication <> 'accepted';
    ELSE
      PERFORM record_event_failure(p_seq, p_failure_mode, p_detail, p_patience_us)
         FROM supplier_event e WHERE e.seq = p_seq AND e.decision IS NULL;
    END IF;
  END IF;
  IF r.is_last THEN
    PERFORM settle_replay_items(p_replay_id, r.item_id);
    UPDATE supplier_event x SET start_due_us = now_us()
      FROM catalog_item_version v
     WHERE v.item_id = r.item_id AND v.replay_id = p_replay_id AND v.publication = 'due'
       AND x.seq = v.event_seq AND x.start_due_us IS NULL;
  END IF;
  PERFORM finish_replay_event(p_replay_id, p_seq,
    CASE WHEN p_failure_mode IN ('malformed_sku', 'clock_drift') THEN 'rejected' ELSE 'failed' END, p_failure_mode);
  RETURN true;
END $$;
