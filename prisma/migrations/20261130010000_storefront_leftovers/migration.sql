-- From when on a storefront is another one of its name, or opened again: what was read of its pages and what an event waited
-- for before says nothing of it. A tenant that is left to the default storefront has such a moment, too.
ALTER TABLE "storefront" ADD COLUMN "counts_from_us" BIGINT NOT NULL DEFAULT 0,
                         ADD COLUMN "nos_from_us" BIGINT NOT NULL DEFAULT 0;
UPDATE "storefront" SET "counts_from_us" = "created_at_us", "nos_from_us" = "created_at_us" WHERE "counts_from" > 0;
ALTER TABLE "tenant" ADD COLUMN "default_from" BIGINT NOT NULL DEFAULT 0,
                     ADD COLUMN "default_from_us" BIGINT NOT NULL DEFAULT 0;

-- A storefront that does not answer a sweep is put off until the others are asked.
ALTER TABLE "sweep" ADD COLUMN "begun" TEXT[] DEFAULT ARRAY[]::TEXT[],
                    ADD COLUMN "put_off" JSONB NOT NULL DEFAULT '[]';

DROP FUNCTION open_storefronts(text[]);
-- The open storefronts of some tenants, and from where on it counts what each was told (storefront, counts_from) and what it
-- rejected (nos_from), as the newest attempt then and as a time. A tenant without a storefront has the default one, by the
-- name of shop, for which counts what came since it was left to it; one whose storefronts are all closed has none.
CREATE OR REPLACE FUNCTION open_storefronts(p_tenants text[])
 RETURNS TABLE(tenant_id text, name text, place integer, counts_from bigint, nos_from bigint, counts_from_us bigint,
               nos_from_us bigint)
 LANGUAGE sql
 STABLE
AS $$
  SELECT s.tenant_id, s.name, s.place, s.counts_from, s.nos_from, s.counts_from_us, s.nos_from_us
    FROM storefront s WHERE s.tenant_id = ANY (p_tenants) AND s.state = 'open'
   UNION ALL
  SELECT t.id, 'shop', 1, t.default_from, t.default_from, t.default_from_us, t.default_from_us FROM tenant t
   WHERE t.id = ANY (p_tenants) AND NOT EXISTS (SELECT 1 FROM storefront s WHERE s.tenant_id = t.id)
$$;

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
      FROM open_storefronts(ARRAY[p_tenant]) s
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
    FROM open_storefronts(ARRAY[p_tenant]) s
    JOIN catalog_item i ON i.tenant_id = s.tenant_id AND i.item_id > p_after AND i.item_id <= v_last
    JOIN catalog_item_version v ON v.item_id = i.item_id AND v.version = i.version
   WHERE s.name = p_storefront
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
                           WHERE s.tenant_id = a.tenant_id AND s.name = a.storefront AND s.nos_from >= a.id)
          AND NOT EXISTS (SELECT 1 FROM open_storefronts(ARRAY[a.tenant_id]) s
                           WHERE s.name = a.storefront AND s.nos_from >= a.id);
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
      -- Nothing was tried before it came, was let go, had its newest version, or another storefront was to be told.
      OR v_now + v_slack < p_patience_us + greatest(
           e.received_at_us,
           (SELECT max(CASE v.publication WHEN 'due' THEN v.publication_at_us ELSE v.created_at_us END)
              FROM catalog_item_version v WHERE v.event_seq = p_seq),
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
