-- What would stand goes first: see rank_events. What is due already goes by its age.
-- CreateTable
CREATE TABLE "freshest_event" (
    "tenant_id" TEXT NOT NULL,
    "sku_key" TEXT NOT NULL,
    "supplier_id" TEXT NOT NULL,
    "location" TEXT NOT NULL,
    "behind" BOOLEAN NOT NULL,
    "place" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "updated_at_us" BIGINT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "sent_by" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,

    CONSTRAINT "freshest_event_pkey" PRIMARY KEY ("tenant_id","sku_key","supplier_id","location","behind")
);

-- CreateIndex
CREATE INDEX "freshest_event_tenant_id_behind_place_idx" ON "freshest_event"("tenant_id", "behind", "place");

-- CreateIndex
CREATE INDEX "freshest_event_tenant_id_seq_idx" ON "freshest_event"("tenant_id", "seq");

-- Emptied all the time.
ALTER TABLE "freshest_event" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Servers and workers that run meanwhile need it before setup has settled all rights.
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'catalog_sync_owner') THEN
    ALTER TABLE "freshest_event" OWNER TO catalog_sync_owner;
  END IF;
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'catalog_sync_worker') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON "freshest_event" TO catalog_sync_worker;
  END IF;
END $$;

-- Notes which of some due events would stand, as far as the ledger knows: those that are newer than all others of their item,
-- and than what stands. Under the rule `newest` they meet all of the item's events at their location, else those of their
-- supplier. They go first (take_freshest), in the order in which their items came to have something due; all others have
-- their turn by age. What came by a file is ranked apart: it does not stand in the way of live events. Only the order hangs
-- on it, and nothing of who wins.
CREATE OR REPLACE FUNCTION rank_events(p_seqs bigint[])
 RETURNS void
 LANGUAGE sql
AS $$
  INSERT INTO freshest_event AS f (tenant_id, sku_key, supplier_id, location, behind, place, seq, updated_at_us, quantity,
                                   sent_by, event_id)
  SELECT DISTINCT ON (e.tenant_id COLLATE "C", e.sku_key COLLATE "C", e.against COLLATE "C", e.location COLLATE "C", e.behind)
         e.tenant_id, e.sku_key, e.against, e.location, e.behind, e.seq, e.seq, e.updated_at_us, e.quantity, e.supplier_id,
         e.event_id
    FROM (SELECT x.*, sku_key(x.sku) AS sku_key, CASE WHEN t.stock_rule_id = 0 THEN '' ELSE x.supplier_id END AS against,
                 x.start_due_us >= behind_live_us() AS behind
            FROM supplier_event x
            JOIN tenant t ON t.id = x.tenant_id
            JOIN supplier s ON s.tenant_id = x.tenant_id AND s.id = x.supplier_id
           WHERE x.seq = ANY (p_seqs) AND x.start_due_us IS NOT NULL AND x.decision IS NULL
             -- What closed flags hold stands nowhere.
             AND t.state <> 'closed' AND s.state = 'open') e
   WHERE NOT EXISTS (SELECT 1 FROM catalog_item i
                      WHERE e.against = '' AND e.location = '' AND i.item_id = e.tenant_id || ':' || e.sku_key
                        AND (i.updated_at_us, -i.quantity) > (e.updated_at_us, -greatest(0, e.quantity)))
     AND NOT EXISTS (SELECT 1 FROM supplier_event w
                      WHERE (e.against <> '' OR e.location <> '') AND w.item_id = e.tenant_id || ':' || e.sku_key
                        AND w.supplier_id = e.supplier_id AND w.location = e.location AND w.updated_at_us > e.updated_at_us
                        AND w.decision IN ('won', 'superseded') AND w.voided_by_seq IS NULL)
   ORDER BY e.tenant_id COLLATE "C", e.sku_key COLLATE "C", e.against COLLATE "C", e.location COLLATE "C",
            e.behind, e.updated_at_us DESC, e.quantity, e.supplier_id COLLATE "C" DESC, e.event_id COLLATE "C" DESC
  ON CONFLICT (tenant_id, sku_key, supplier_id, location, behind) DO UPDATE
     SET seq = excluded.seq, updated_at_us = excluded.updated_at_us, quantity = excluded.quantity,
         sent_by = excluded.sent_by, event_id = excluded.event_id
   WHERE (excluded.updated_at_us, -excluded.quantity::bigint, excluded.sent_by COLLATE "C", excluded.event_id COLLATE "C")
       > (f.updated_at_us, -f.quantity::bigint, f.sent_by COLLATE "C", f.event_id COLLATE "C")
$$;

-- Takes those due events of tenants that would stand as far as the ledger knows (see rank_events): of each tenant as many as
-- p_limits says, those first whose items have waited longest; no more than p_room in all, and none that another worker is
-- just taking. What is left over of events that are not due any more goes as well; what is not due yet stays.
CREATE OR REPLACE FUNCTION take_freshest(p_tenants text[], p_limits integer[], p_behind boolean, p_room integer)
 RETURNS bigint[]
 LANGUAGE sql
AS $$
  WITH taken AS (
    DELETE FROM freshest_event x
     WHERE x.ctid = ANY (ARRAY(
       SELECT f.ctid
         FROM unnest(p_tenants, p_limits) WITH ORDINALITY AS t (tenant_id, most, no)
        CROSS JOIN LATERAL (
          SELECT y.ctid FROM freshest_event y LEFT JOIN supplier_event e ON e.seq = y.seq
           WHERE y.tenant_id = t.tenant_id AND y.behind = p_behind
             AND (e.start_due_us IS NULL OR e.decision IS NOT NULL OR p_behind OR e.start_due_us <= now_us())
           ORDER BY y.place
           LIMIT t.most
             FOR UPDATE OF y SKIP LOCKED) f
        LIMIT p_room))
    RETURNING x.seq
  )
  SELECT coalesce(array_agg(t.seq), '{}') FROM taken t
$$;

-- Hands due events to a worker: fairly by tenant, oldest first, and no more than its window of undecided events.
-- The lease is the event's next due time: when it passes without an end, the event is looked after again. So only
-- events with a lease that still runs fill the window: the others are due, and whoever has room may take them.
-- Of the tenants with due events those go first that have the fewest undecided in this worker, and none gets more than
-- its share: an event of a tenant that sends few does not wait for those of one that floods the ledger. Without
-- a share, one tenant may have the whole window.
-- Of a tenant's events those that would stand go first (take_freshest); but half of the places go by age, and so each event
-- is decided within twice the time that age alone would give it.
CREATE OR REPLACE FUNCTION claim_supplier_events(p_worker text, p_window integer, p_limit integer,
                                                 p_lease_us bigint, p_share integer DEFAULT NULL::integer)
 RETURNS TABLE(seq bigint, tenant_id text, supplier_id text, event_id text, sku text, quantity integer,
               updated_at_us bigint, received_at_us bigint, workflow_id text, start_count integer,
               released boolean, undecided boolean, sku_pattern text, clock_tolerance_seconds integer,
               rule_id integer)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  v_room integer;
  v_share integer := coalesce(p_share, p_window);
  v_busy jsonb;
  v_tenants text[];
  v_limits integer[];
  v_fresh bigint[];
BEGIN
  SELECT least(p_limit, p_window - coalesce(sum(n), 0)), coalesce(jsonb_object_agg(tenant_id, n), '{}')
    INTO v_room, v_busy
    FROM (SELECT tenant_id, count(*) AS n
            FROM (SELECT e.tenant_id FROM supplier_event e
                   WHERE e.started_by = p_worker AND e.decision IS NULL AND e.start_due_us > v_now
                   LIMIT p_window) in_flight
           GROUP BY tenant_id) by_tenant;
  IF v_room <= 0 THEN
    RETURN;
  END IF;
  SELECT array_agg(t.id ORDER BY coalesce((v_busy ->> t.id)::integer, 0), random()) INTO v_tenants
    FROM tenant t
   WHERE coalesce((v_busy ->> t.id)::integer, 0) < v_share
     AND EXISTS (SELECT 1 FROM supplier_event e WHERE e.tenant_id = t.id AND e.start_due_us <= v_now);
  IF v_tenants IS NULL THEN
    RETURN;
  END IF;
  v_limits := ARRAY(
    SELECT least(v_share - coalesce((v_busy ->> t.id)::integer, 0), greatest(1, v_room / cardinality(v_tenants)))
      FROM unnest(v_tenants) WITH ORDINALITY AS t (id, no) ORDER BY t.no);
  -- Of an odd place, chance says whose it is.
  v_fresh := take_freshest(v_tenants, ARRAY(
    SELECT (x.most + 1) / 2 FROM unnest(v_limits) WITH ORDINALITY AS x (most, no) ORDER BY x.no),
    false, floor(v_room / 2.0 + random())::integer);
  RETURN QUERY
  WITH fresh AS MATERIALIZED (
    SELECT o.seq, o.tenant_id FROM supplier_event o
     WHERE o.seq = ANY (v_fresh) AND o.start_due_us <= now_us() AND o.decision IS NULL
       FOR NO KEY UPDATE SKIP LOCKED
  ), due AS MATERIALIZED (
    SELECT f.seq, f.tenant_id FROM fresh f
     UNION ALL
    (SELECT e.seq, t.id
       FROM unnest(v_tenants, v_limits) AS t (id, most)
      CROSS JOIN LATERAL (
        SELECT o.seq FROM supplier_event o
         WHERE o.tenant_id = t.id AND o.start_due_us <= v_now AND o.seq <> ALL (v_fresh)
         ORDER BY o.start_due_us
         LIMIT t.most - (SELECT count(*) FROM fresh f WHERE f.tenant_id = t.id)
           FOR NO KEY UPDATE SKIP LOCKED) e
      LIMIT v_room - (SELECT count(*) FROM fresh))
  ), ranked AS (
    DELETE FROM freshest_event x
     WHERE x.ctid = ANY (ARRAY(
       SELECT r.ctid FROM due d JOIN freshest_event r ON r.tenant_id = d.tenant_id AND r.seq = d.seq
          FOR UPDATE OF r SKIP LOCKED))
  )
  UPDATE supplier_event e
     SET start_due_us = lease_until(v_now, p_lease_us, e.start_count), start_count = e.start_count + 1,
         started_by = p_worker
    FROM due, supplier s
   WHERE e.seq = due.seq AND s.tenant_id = e.tenant_id AND s.id = e.supplier_id
  -- An event that was judged before meets no rule again, as in a replay.
  RETURNING e.seq, e.tenant_id, e.supplier_id, e.event_id, e.sku, e.quantity, e.updated_at_us, e.received_at_us,
            e.workflow_id, e.start_count, e.held_at_us IS NOT NULL, e.decision IS NULL,
            CASE WHEN is_judged(e) THEN '(?s).*' ELSE s.sku_pattern END,
            CASE WHEN is_judged(e) THEN 2147483647 ELSE s.clock_tolerance_seconds END,
            CASE WHEN NOT is_judged(e) THEN s.rule_id END;
END $$;

-- Hands a worker events of files, the oldest first, as far as live events leave it room; of its window no more than p_share
-- at a time. While a file is being recorded it is one each half a minute, so that a live event finds the machine free and the
-- queue is seen to move; where one has waited for 5 minutes, one after the other. From then on they are like others: one whose lease passes without an end is due. Each tenant
-- with such events has the same share of the room. As with live events, half of the places are for those that would stand.
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
  v_limits integer[];
  v_fresh bigint[] := '{}';
  v_paced boolean := false;
BEGIN
  SELECT array_agg(t.id ORDER BY random()) INTO v_tenants
    FROM tenant t
   -- In an order, so that the index is used: a planner who has not heard yet that all are done would go through the ledger.
   WHERE (SELECT e.start_due_us FROM supplier_event e
           WHERE e.tenant_id = t.id AND e.start_due_us >= behind_live_us() ORDER BY e.start_due_us LIMIT 1) IS NOT NULL;
  IF v_tenants IS NULL THEN
    RETURN;
  END IF;
  IF EXISTS (SELECT 1 FROM feed_run r WHERE r.start_due_us IS NOT NULL AND r.state IN ('reading', 'recording')) THEN
    v_share := least(p_share, CASE WHEN EXISTS (
      SELECT 1 FROM unnest(v_tenants) AS waits (tenant_id)
       CROSS JOIN LATERAL (
         SELECT e.seq, e.start_due_us - behind_live_us() AS since FROM supplier_event e
          WHERE e.tenant_id = waits.tenant_id AND e.start_due_us >= behind_live_us()
          ORDER BY e.start_due_us LIMIT 1) w
       CROSS JOIN LATERAL (
         SELECT x.seq FROM feed_event x WHERE x.seq < w.seq ORDER BY x.seq DESC LIMIT 50) x
        JOIN supplier_event e ON e.seq = x.seq
       WHERE e.started_by IS NOT NULL AND e.decision IS NULL
          OR w.since > v_now - 300000000 AND e.decided_at_us > v_now - 30000000)
      THEN 0 ELSE 1 END);
    -- Its pace goes by the oldest one.
    v_paced := true;
  END IF;
  SELECT least(p_limit, p_window - count(*), v_share - count(f.seq)) INTO v_room
    FROM (SELECT e.seq FROM supplier_event e
           WHERE e.started_by = p_worker AND e.decision IS NULL AND e.start_due_us > v_now
           LIMIT p_window) in_flight
    LEFT JOIN feed_event f USING (seq);
  IF v_room <= 0 THEN
    RETURN;
  END IF;
  v_limits := array_fill(greatest(1, v_room / cardinality(v_tenants)), ARRAY[cardinality(v_tenants)]);
  IF NOT v_paced THEN
    v_fresh := take_freshest(v_tenants, ARRAY(SELECT (x.most + 1) / 2 FROM unnest(v_limits) AS x (most)), true,
                             floor(v_room / 2.0 + random())::integer);
  END IF;
  RETURN QUERY
  WITH fresh AS MATERIALIZED (
    SELECT o.seq, o.tenant_id FROM supplier_event o
     WHERE o.seq = ANY (v_fresh) AND o.start_due_us >= behind_live_us() AND o.decision IS NULL
       FOR NO KEY UPDATE SKIP LOCKED
  ), due AS MATERIALIZED (
    SELECT f.seq, f.tenant_id FROM fresh f
     UNION ALL
    (SELECT e.seq, t.id
       FROM unnest(v_tenants, v_limits) AS t (id, most)
      CROSS JOIN LATERAL (
        SELECT o.seq FROM supplier_event o
         WHERE o.tenant_id = t.id AND o.start_due_us >= behind_live_us() AND o.seq <> ALL (v_fresh)
         ORDER BY o.start_due_us
         LIMIT t.most - (SELECT count(*) FROM fresh f WHERE f.tenant_id = t.id)
           FOR NO KEY UPDATE SKIP LOCKED) e
      LIMIT v_room - (SELECT count(*) FROM fresh))
  ), ranked AS (
    DELETE FROM freshest_event x
     WHERE x.ctid = ANY (ARRAY(
       SELECT r.ctid FROM due d JOIN freshest_event r ON r.tenant_id = d.tenant_id AND r.seq = d.seq
          FOR UPDATE OF r SKIP LOCKED))
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

-- Puts a delivery into the ledger: all of it or, on an error, nothing.
-- p_events: [{"eventId","sku","quantity","updatedAtUs","location"?,"updatedAtSent"?,"workflowId","ignored"?: [field],
-- "isSku"?: true, "atReceipt"?: true}];
-- answers in the same order. What a supplier calls by a code of its own gets its SKU before anybody sees it, unless the
-- event says that it names a SKU: see apply_aliases.
-- An event of the moment of its receipt is known by its id whenever it comes again; of one that was pruned no more is held
-- against it than that.
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
    -- What is a void is known only later, and that stands nowhere.
    IF p_supplier <> 'manual' THEN
      PERFORM rank_events(v_new);
    END IF;
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
                  THEN d."atReceipt"
                       OR t.digest = half_digest(event_digest(d.sku, d.quantity, d."updatedAtUs", coalesce(d.location, '')))
                  ELSE e.digest = event_digest(d.sku, d.quantity,
                                               CASE WHEN d."atReceipt" THEN e.updated_at_us ELSE d."updatedAtUs" END,
                                               coalesce(d.location, '')) END AS same
        FROM ROWS FROM (jsonb_to_recordset(p_events)
               AS ("eventId" text, sku text, quantity integer, "updatedAtUs" bigint, location text, "updatedAtSent" text,
                   "workflowId" text, "atReceipt" boolean)) WITH ORDINALITY
               AS d ("eventId", sku, quantity, "updatedAtUs", location, "updatedAtSent", "workflowId", "atReceipt", no)
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

-- Records a correction: an event of the supplier `manual`, with who and why, which then goes the way of all events.
CREATE OR REPLACE FUNCTION record_correction(p_tenant text, p_event jsonb, p_reason text, p_actor text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_seq bigint;
BEGIN
  PERFORM own_tenant_only(p_tenant);
  v_seq := record_manual_event(p_tenant, p_event);
  UPDATE supplier_event e SET kind = 'correction', reason = p_reason, actor = p_actor WHERE e.seq = v_seq;
  PERFORM rank_events(ARRAY[v_seq]);
END $$;

-- Makes due again what closed flags held or withheld and open flags let go. What came by a file and is not decided yet
-- waits behind what comes live, as it did before: see claim_file_events.
CREATE OR REPLACE FUNCTION release_held_events(p_limit integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_released bigint[];
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
  ), released AS (
    -- The mark stays until the event goes on, so that its starter knows that the former run may just be ending. Having
    -- been held does not make its lease longer.
    UPDATE supplier_event e
       SET start_due_us = now_us() + CASE WHEN e.decision IS NULL
                                           AND EXISTS (SELECT 1 FROM feed_event f WHERE f.seq = e.seq)
                                          THEN behind_live_us() ELSE 0 END,
           started_by = NULL, start_count = 1
      FROM freed WHERE e.seq = freed.seq
    RETURNING e.seq
  )
  SELECT array_agg(r.seq) INTO v_released FROM released r;
  PERFORM rank_events(v_released);
  RETURN coalesce(cardinality(v_released), 0);
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
  v_released bigint[];
BEGIN
  PERFORM own_tenant_only(p_tenant);
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
  ), noted AS (
    UPDATE event_code c
       SET sku = f.sku, factor = f.factor, alias_since_us = f.since_us, waited_until_us = v_now
      FROM freed f
     WHERE c.seq = f.seq
    RETURNING c.seq
  )
  SELECT array_agg(n.seq) INTO v_released FROM noted n;
  IF v_released IS NOT NULL THEN
    PERFORM rank_events(v_released);
    PERFORM pg_notify('supplier_event', '');
  END IF;
  RETURN coalesce(cardinality(v_released), 0);
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
                                 'sku_alias', 'freshest_event'] LOOP
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
