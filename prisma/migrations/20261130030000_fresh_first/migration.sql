-- What would stand goes first: see rank_events. And a version that what is due will overtake is not told, unless it would wait
-- for longer than two seconds: see begin_publish_attempt.
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
CREATE INDEX "freshest_event_seq_idx" ON "freshest_event"("seq");

-- Emptied all the time.
ALTER TABLE "freshest_event" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- How long a version waits, from its making, to be overtaken by something newer that is due: what would wait longer is told.
CREATE OR REPLACE FUNCTION postpone_us()
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT 2000000
$$;

-- A newer version of an item comes: those that nobody was told of are overtaken, and what waited to be so (see
-- begin_publish_attempt) is done.
CREATE OR REPLACE FUNCTION overtake_versions(p_item_id text, p_now bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $$
DECLARE
  -- The item's lock keeps others from making any. Events are locked before their versions, as end_publication does.
  v_makers bigint[] := ARRAY(
    SELECT v.event_seq FROM catalog_item_version v
     WHERE v.item_id = p_item_id AND v.publication IN ('due', 'withheld') ORDER BY v.event_seq);
BEGIN
  IF v_makers = '{}' THEN
    RETURN;
  END IF;
  UPDATE supplier_event e SET start_due_us = NULL
   WHERE e.seq = ANY (v_makers) AND e.started_by IS NULL AND e.start_due_us IS NOT NULL AND e.decision IS NOT NULL
     AND e.held_at_us IS NULL;
  UPDATE catalog_item_version v SET publication = 'overtaken', publication_at_us = p_now
   WHERE v.item_id = p_item_id AND v.publication IN ('due', 'withheld');
END $$;

-- Notes which of some due events would stand, as far as the ledger knows: those that are newer than all others of their item,
-- and than what stands. Under the rule `newest` they meet all of the item's events at their location, else those of their
-- supplier. They go first (take_freshest), in the order in which their items came to have something due; all others have
-- their turn by age. What came by a file is ranked apart: it does not stand in the way of live events. Only the order hangs
-- on it, and nothing of who wins.
-- What waits comes and goes by thousands: a plan that was made while nothing did would read all of it, each time.
CREATE OR REPLACE FUNCTION rank_events(p_seqs bigint[])
 RETURNS void
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $$
BEGIN
  INSERT INTO freshest_event AS f (tenant_id, sku_key, supplier_id, location, behind, place, seq, updated_at_us, quantity,
                                   sent_by, event_id)
  SELECT DISTINCT ON (e.tenant_id COLLATE "C", e.sku_key COLLATE "C", e.against COLLATE "C", e.location COLLATE "C", e.behind)
         e.tenant_id, e.sku_key, e.against, e.location, e.behind, e.seq, e.seq, e.updated_at_us, e.quantity, e.supplier_id,
         e.event_id
    FROM (SELECT x.*, sku_key(x.sku) AS sku_key, CASE WHEN t.stock_rule_id = 0 THEN '' ELSE x.supplier_id END AS against,
                 x.start_due_us >= behind_live_us() AS behind
            -- By their numbers: where few events were undecided at the last ANALYZE, the planner would rather read all that
            -- are.
            FROM (SELECT y.* FROM supplier_event y WHERE y.seq = ANY (p_seqs) OFFSET 0) x
            JOIN tenant t ON t.id = x.tenant_id
           WHERE x.start_due_us IS NOT NULL AND x.decision IS NULL
             -- What closed flags hold stands nowhere.
             AND t.state <> 'closed'
             AND (SELECT s.state FROM supplier s WHERE s.tenant_id = x.tenant_id AND s.id = x.supplier_id) = 'open') e
   -- Looked up item by item, never joined: a join whose plan is of an empty ledger reads all of it for each event.
   WHERE CASE WHEN e.against = '' AND e.location = ''
              THEN NOT EXISTS (SELECT 1 FROM catalog_item i
                                WHERE i.item_id = e.tenant_id || ':' || e.sku_key
                                  AND (i.updated_at_us, -i.quantity) > (e.updated_at_us, -greatest(0, e.quantity)))
              ELSE NOT EXISTS (SELECT 1 FROM supplier_event w
                                WHERE w.item_id = e.tenant_id || ':' || e.sku_key
                                  AND w.supplier_id = e.supplier_id AND w.location = e.location
                                  AND w.updated_at_us > e.updated_at_us
                                  AND w.decision IN ('won', 'superseded') AND w.voided_by_seq IS NULL)
         END
   ORDER BY e.tenant_id COLLATE "C", e.sku_key COLLATE "C", e.against COLLATE "C", e.location COLLATE "C",
            e.behind, e.updated_at_us DESC, e.quantity, e.supplier_id COLLATE "C" DESC, e.event_id COLLATE "C" DESC
  ON CONFLICT (tenant_id, sku_key, supplier_id, location, behind) DO UPDATE
     SET seq = excluded.seq, updated_at_us = excluded.updated_at_us, quantity = excluded.quantity,
         sent_by = excluded.sent_by, event_id = excluded.event_id
   WHERE (excluded.updated_at_us, -excluded.quantity::bigint, excluded.sent_by COLLATE "C", excluded.event_id COLLATE "C")
       > (f.updated_at_us, -f.quantity::bigint, f.sent_by COLLATE "C", f.event_id COLLATE "C");
END $$;

-- Whether an event of an item is due that would overtake what was said of it at p_updated_at_us, as far as ranks tell (see
-- rank_events): under another rule than `newest`, any. What came by a file waits for longer, and is not asked for.
-- What waits comes and goes by thousands: a plan that was made while nothing did would read all of it, each time.
CREATE OR REPLACE FUNCTION awaits_newer(p_tenant text, p_item_id text, p_updated_at_us bigint)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
 SET enable_seqscan TO 'off'
AS $$
BEGIN
  -- A row may be left over.
  RETURN EXISTS (
    SELECT 1
      FROM freshest_event f
      -- By its number, not by all that are undecided: see rank_events.
     CROSS JOIN LATERAL (SELECT y.start_due_us, y.decision FROM supplier_event y WHERE y.seq = f.seq OFFSET 0) x
     WHERE f.tenant_id = p_tenant AND f.sku_key = substr(p_item_id, length(p_tenant) + 2) AND NOT f.behind
       AND (f.supplier_id <> '' OR f.updated_at_us > p_updated_at_us)
       AND x.start_due_us IS NOT NULL AND x.decision IS NULL);
END $$;

-- Takes those events of tenants that would stand as far as the ledger knows (see rank_events), and locks them: of each tenant
-- as many as p_limits says, those first whose items have waited longest, and none that another worker is just taking.
-- Ranks that are left over of what is not due any more go as well; what is not due yet keeps its rank.
-- What waits comes and goes by thousands: a plan that was made while nothing did would read all of it, each time.
CREATE OR REPLACE FUNCTION take_freshest(p_tenants text[], p_limits integer[], p_from bigint, p_upto bigint, p_behind boolean)
 RETURNS bigint[]
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $$
DECLARE
  v_taken bigint[];
BEGIN
  WITH taken AS (
    DELETE FROM freshest_event x
     WHERE x.ctid = ANY (ARRAY(
       SELECT f.ctid
         FROM unnest(p_tenants, p_limits) AS t (tenant_id, most)
        CROSS JOIN LATERAL (
          SELECT y.ctid FROM freshest_event y LEFT JOIN supplier_event e ON e.seq = y.seq
           WHERE y.tenant_id = t.tenant_id AND y.behind = p_behind
             AND (e.start_due_us IS NULL OR e.decision IS NOT NULL OR e.start_due_us <= p_upto)
           ORDER BY y.place
           LIMIT t.most
             FOR UPDATE OF y SKIP LOCKED) f))
    RETURNING x.seq
  )
  SELECT coalesce(array_agg(l.seq), '{}') INTO v_taken
    -- By their numbers: see rank_events. Whoever locks a row sees it as it is then.
    FROM taken t
   CROSS JOIN LATERAL (
     SELECT o.seq, o.start_due_us, o.decision FROM supplier_event o WHERE o.seq = t.seq OFFSET 0
        FOR NO KEY UPDATE SKIP LOCKED) l
   WHERE l.start_due_us BETWEEN p_from AND p_upto AND l.decision IS NULL;
  RETURN v_taken;
END $$;

-- Takes events of tenants that are due from p_from to p_upto, and locks them: of each tenant as many as p_limits says, in all
-- p_room, in the order of the tenants, and none that another worker is just taking. With p_fresh, half of a tenant's places
-- are for those that would stand; the others go by age, so that each event is decided within twice the time that age alone
-- would give it. Of an odd number of places, chance says whose the last one is: so what is old has half of them, however few
-- its tenant has. p_behind: they came by files.
-- What waits comes and goes by thousands: a plan that was made while nothing did would read all of it, each time.
CREATE OR REPLACE FUNCTION take_due(p_tenants text[], p_limits integer[], p_room integer, p_from bigint, p_upto bigint,
                                    p_behind boolean, p_fresh boolean)
 RETURNS bigint[]
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $$
DECLARE
  v_fresh bigint[] := '{}';
  v_left integer[] := p_limits;
  v_old bigint[];
BEGIN
  IF p_fresh THEN
    -- Tenants that get no place by their order take none by another.
    v_fresh := take_freshest(p_tenants[:p_room], ARRAY(
      SELECT floor(x.most / 2.0 + random())::integer FROM unnest(p_limits[:p_room]) WITH ORDINALITY AS x (most, no)
       ORDER BY x.no), p_from, p_upto, p_behind);
    v_left := ARRAY(
      SELECT t.most - (SELECT count(*) FROM supplier_event o WHERE o.seq = ANY (v_fresh) AND o.tenant_id = t.id)
        FROM unnest(p_tenants, p_limits) WITH ORDINALITY AS t (id, most, no) ORDER BY t.no);
  END IF;
  v_old := ARRAY(
    SELECT e.seq
      FROM unnest(p_tenants, v_left) AS t (id, most)
     CROSS JOIN LATERAL (
       SELECT o.seq FROM supplier_event o
        WHERE o.tenant_id = t.id AND o.start_due_us BETWEEN p_from AND p_upto AND o.seq <> ALL (v_fresh)
        ORDER BY o.start_due_us
        LIMIT t.most
          FOR NO KEY UPDATE SKIP LOCKED) e
     LIMIT p_room - cardinality(v_fresh));
  DELETE FROM freshest_event x
   WHERE x.ctid = ANY (ARRAY(
     SELECT r.ctid FROM freshest_event r WHERE r.seq = ANY (v_old) FOR UPDATE SKIP LOCKED));
  RETURN v_fresh || v_old;
END $$;

-- Hands due events to a worker: fairly by tenant, and no more than its window of undecided events.
-- The lease is the event's next due time: when it passes without an end, the event is looked after again. So only
-- events with a lease that still runs fill the window: the others are due, and whoever has room may take them.
-- Of the tenants with due events those go first that have the fewest undecided in this worker, and none gets more than
-- its share: an event of a tenant that sends few does not wait for those of one that floods the ledger. Without
-- a share, one tenant may have the whole window.
-- Of a tenant's events, half are those that would stand: see take_due.
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
  v_due bigint[];
BEGIN
  -- Planned each time: a plan that was made while little was undecided would read all that is.
  EXECUTE $q$
    SELECT least($2, $3 - coalesce(sum(n), 0)), coalesce(jsonb_object_agg(tenant_id, n), '{}')
      FROM (SELECT tenant_id, count(*) AS n
              FROM (SELECT e.tenant_id FROM supplier_event e
                     WHERE e.started_by = $1 AND e.decision IS NULL AND e.start_due_us > $4
                     LIMIT $3) in_flight
             GROUP BY tenant_id) by_tenant $q$
    INTO v_room, v_busy USING p_worker, p_limit, p_window, v_now;
  IF v_room <= 0 THEN
    RETURN;
  END IF;
  SELECT array_agg(t.id ORDER BY coalesce((v_busy ->> t.id)::integer, 0), random()) INTO v_tenants
    FROM tenant t
   WHERE coalesce((v_busy ->> t.id)::integer, 0) < v_share
     -- In an order, so that the index is used, and not the whole ledger read.
     AND (SELECT e.start_due_us FROM supplier_event e
           WHERE e.tenant_id = t.id AND e.start_due_us <= v_now ORDER BY e.start_due_us LIMIT 1) IS NOT NULL;
  IF v_tenants IS NULL THEN
    RETURN;
  END IF;
  v_limits := ARRAY(
    SELECT least(v_share - coalesce((v_busy ->> t.id)::integer, 0), greatest(1, v_room / cardinality(v_tenants)))
      FROM unnest(v_tenants) WITH ORDINALITY AS t (id, no) ORDER BY t.no);
  v_due := take_due(v_tenants, v_limits, v_room, -9223372036854775808, v_now, false, true);
  RETURN QUERY
  UPDATE supplier_event e
     SET start_due_us = lease_until(v_now, p_lease_us, e.start_count), start_count = e.start_count + 1,
         started_by = p_worker
    FROM supplier s
   WHERE e.seq = ANY (v_due) AND s.tenant_id = e.tenant_id AND s.id = e.supplier_id
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
  v_due bigint[];
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
  -- Planned each time: see claim_supplier_events.
  EXECUTE $q$
    SELECT least($2, $3 - count(*), $5 - count(f.seq))
      FROM (SELECT e.seq FROM supplier_event e
             WHERE e.started_by = $1 AND e.decision IS NULL AND e.start_due_us > $4
             LIMIT $3) in_flight
      LEFT JOIN feed_event f USING (seq) $q$
    INTO v_room USING p_worker, p_limit, p_window, v_now, v_share;
  IF v_room <= 0 THEN
    RETURN;
  END IF;
  v_due := take_due(v_tenants, array_fill(greatest(1, v_room / cardinality(v_tenants)), ARRAY[cardinality(v_tenants)]), v_room,
                    behind_live_us(), 9223372036854775807, true, NOT v_paced);
  RETURN QUERY
  UPDATE supplier_event e
     SET start_due_us = lease_until(v_now, p_lease_us, e.start_count), start_count = e.start_count + 1,
         started_by = p_worker
    FROM supplier s
   WHERE e.seq = ANY (v_due) AND s.tenant_id = e.tenant_id AND s.id = e.supplier_id
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
  DELETE FROM freshest_event f WHERE f.seq = ANY (v_seqs);
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

-- Decides an event's contest for its item and writes everything that follows from it. Run again, it changes nothing.
-- The locks come first and each statement has a snapshot of its own: a loser that waited behind a winner sees
-- that winner. The same statement with the lock inside would still see the catalog from before the wait.
-- Of a plain item (see is_plain) all events meet in one contest, and the greatest is what the item shows. Of any other, an
-- event meets those of its own supplier and location, and what is left standing is weighed by the tenant's stock rule.
-- A void, an expiry, and an event that was voided before it was decided take no part: their outcome is their decision.
-- A rejected event is decided anew by a replay only. p_rule_id is the rule that normalize judged it by.
-- outcome: won, superseded (of the place that it was about), held, applied, voided or rejected; publish: whether the version given has to be told to the storefront.
CREATE OR REPLACE FUNCTION save_catalog_item(p_seq bigint, p_item_id text, p_sku text, p_replay_id text,
                                             p_rule_id integer DEFAULT NULL::integer)
 RETURNS TABLE(outcome text, rule text, version integer, quantity integer, publish boolean,
               lost_to_supplier text, lost_to_event text, decided_at_us bigint, fresh boolean)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint;
  v_tenant text;
  e supplier_event%ROWTYPE;
  w supplier_event%ROWTYPE;
  v_rule text;
  v_wins boolean;
  v_changes boolean;
  v_version integer;
  v_quantity integer;
  v_stock_rule integer;
  v_is_plain boolean;
  v_expires bigint;
  s record;
BEGIN
  SELECT x.tenant_id INTO STRICT v_tenant FROM supplier_event x WHERE x.seq = p_seq;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(v_tenant));
  PERFORM pg_advisory_xact_lock(item_lock(p_item_id));
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq FOR NO KEY UPDATE;
  v_now := now_us();

  -- What a replay touches: items of events that are decided, not of those that stay held.
  IF p_replay_id IS NOT NULL AND (e.decision IN ('won', 'superseded') OR event_flows(e.tenant_id, e.supplier_id)) THEN
    INSERT INTO replay_item (replay_id, item_id) VALUES (p_replay_id, p_item_id) ON CONFLICT DO NOTHING;
  END IF;

  IF e.decision = 'rejected' AND p_replay_id IS NULL THEN
    RETURN QUERY SELECT 'rejected', e.rule, NULL::integer, e.quantity, false, NULL::text, NULL::text, e.decided_at_us, false;
    RETURN;
  ELSIF e.decision IN ('won', 'superseded', 'applied', 'voided') THEN
    -- A void can make a loser the winner: then the version that it made for it is what there is to publish.
    RETURN QUERY
    SELECT CASE WHEN own.version IS NOT NULL AND i.winner_seq = e.seq THEN 'won' ELSE e.decision END,
           CASE WHEN e.decision = 'superseded' AND own.version IS NOT NULL AND i.winner_seq = e.seq
                THEN v.rule ELSE e.rule END,
           coalesce(v.version, e.version), coalesce(v.quantity, e.quantity),
           CASE WHEN p_replay_id IS NULL
                -- Whoever made the version asks again, also after a crash: begin_publish_attempt knows how it stands.
                THEN coalesce(v.event_seq = e.seq, false)
                ELSE coalesce(i.winner_seq = e.seq, false) END AS publish,
           l.supplier_id, l.event_id, e.decided_at_us, false
      FROM (SELECT max(m.version) AS version FROM catalog_item_version m
             WHERE m.event_seq = p_seq AND m.item_id = p_item_id) own
      LEFT JOIN catalog_item i ON i.item_id = p_item_id
      LEFT JOIN catalog_item_version v ON v.item_id = p_item_id
            AND v.version = CASE WHEN p_replay_id IS NULL THEN coalesce(own.version, e.version) ELSE i.version END
      LEFT JOIN supplier_event l ON l.seq = e.lost_to_seq;
    -- Nothing is left to do for it unless its version is still to be published.
    UPDATE supplier_event x SET start_due_us = NULL, held_at_us = NULL
     WHERE x.seq = p_seq AND (x.start_due_us IS NOT NULL OR x.held_at_us IS NOT NULL)
       AND NOT EXISTS (SELECT 1 FROM catalog_item_version v
                        WHERE v.event_seq = p_seq AND v.publication IN ('due', 'withheld'));
    RETURN;
  END IF;

  IF NOT event_flows(e.tenant_id, e.supplier_id) THEN
    UPDATE supplier_event x SET held_at_us = coalesce(x.held_at_us, v_now), item_id = p_item_id, start_due_us = NULL
     WHERE x.seq = p_seq AND x.decision IS NULL;
    RETURN QUERY SELECT 'held', NULL::text, NULL::integer, e.quantity, false, NULL::text, NULL::text, NULL::bigint, true;
    RETURN;
  END IF;

  SELECT t.stock_rule_id, t.stock_rule_before IS NULL AND e.location = '' AND is_plain(p_item_id, t.stock_rule_id),
         s.figure_expires_us
    INTO STRICT v_stock_rule, v_is_plain, v_expires
    FROM tenant t LEFT JOIN supplier s ON s.tenant_id = t.id AND s.id = e.supplier_id WHERE t.id = e.tenant_id;
  IF e.kind = 'expiry' THEN
    v_version := apply_expiry(p_seq, p_item_id, p_sku, v_stock_rule, p_replay_id);
    RETURN QUERY
    SELECT 'applied', x.rule, v_version, coalesce(v.quantity, e.quantity), v_version IS NOT NULL, NULL::text, NULL::text,
           v_now, true
      FROM supplier_event x
      LEFT JOIN catalog_item_version v ON v.item_id = p_item_id AND v.version = v_version
     WHERE x.seq = p_seq;
    RETURN;
  END IF;

  IF v_is_plain THEN
    -- The winner's figures come from the ledger, not from the catalog row, which a hand may have altered.
    SELECT x.* INTO w FROM catalog_item i JOIN supplier_event x ON x.seq = i.winner_seq
     WHERE i.item_id = p_item_id AND x.voided_by_seq IS NULL;
    IF w.seq IS NULL THEN
      -- The item's first event; or else a hand has taken the row away, and the ledger still knows who wins.
      SELECT x.* INTO w FROM contending_events(p_item_id) x LIMIT 1;
    END IF;
  ELSE
    SELECT x.* INTO w FROM supplier_event x
     WHERE x.item_id = p_item_id AND x.supplier_id = e.supplier_id AND x.location = e.location
       AND x.decision IN ('won', 'superseded') AND x.voided_by_seq IS NULL
     ORDER BY x.updated_at_us DESC, x.quantity, x.event_id DESC LIMIT 1;
  END IF;
  v_rule := contest_rule(e.updated_at_us, e.quantity, e.supplier_id, e.event_id,
                         w.updated_at_us, w.quantity, w.supplier_id, w.event_id);
  v_wins := is_winning_rule(v_rule);
  v_changes := v_rule IN ('first', 'newer') OR v_rule = 'lower_quantity' AND w.quantity > 0;
  v_quantity := greatest(0, e.quantity);

  IF v_wins AND NOT v_is_plain THEN
    SELECT x.* INTO STRICT s FROM weigh_stock(v_stock_rule, standing_of_item(p_item_id, p_seq)) x;
    v_quantity := s.quantity;
    v_version := write_item(p_item_id, p_sku, v_stock_rule, s.stock, s.quantity, s.lead_seq, s.shares, p_seq, 'shares', 0,
                            false, p_replay_id);
    v_changes := v_version IS NOT NULL;
    IF NOT v_changes THEN
      SELECT i.version INTO v_version FROM catalog_item i WHERE i.item_id = p_item_id;
    END IF;
  ELSIF v_wins THEN
    IF NOT v_changes THEN
      SELECT coalesce(max(v.version), 0) INTO v_version FROM catalog_item_version v WHERE v.item_id = p_item_id;
    ELSE
      v_version := next_version(p_item_id, 0);
      PERFORM overtake_versions(p_item_id, v_now);
      INSERT INTO catalog_item_version (item_id, version, event_seq, quantity, updated_at_us, rule, created_at_us,
                                        publication_at_us, replay_id)
      VALUES (p_item_id, v_version, p_seq, v_quantity, e.updated_at_us, v_rule, v_now, v_now, p_replay_id);
    END IF;
    INSERT INTO catalog_item AS i (item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, winner_seq,
                                   version)
    VALUES (p_item_id, e.tenant_id, p_sku, v_quantity, e.updated_at_us, e.supplier_id, e.event_id, p_seq, v_version)
    ON CONFLICT (item_id) DO UPDATE
       SET quantity = excluded.quantity, updated_at_us = excluded.updated_at_us, supplier_id = excluded.supplier_id,
           event_id = excluded.event_id, winner_seq = excluded.winner_seq, version = excluded.version;
  END IF;

  UPDATE supplier_event x
     SET decision = CASE WHEN v_wins THEN 'won' ELSE 'superseded' END,
         decision_no = nextval('decision_no_seq'), decided_at_us = v_now, rule = v_rule,
         item_id = p_item_id, version = v_version, held_at_us = NULL,
         lost_to_seq = CASE WHEN NOT v_wins THEN w.seq END, beat_seq = CASE WHEN v_wins THEN w.seq END,
         failure_mode = CASE WHEN NOT v_wins THEN 'stale_catalog_version' END, failure_detail = NULL, judged_by = p_rule_id,
         stock_rule_id = CASE WHEN NOT v_is_plain THEN v_stock_rule END,
         start_due_us = CASE WHEN v_changes THEN x.start_due_us END
   WHERE x.seq = p_seq;
  IF e.updated_at_us <= v_now - v_expires + 60000000 THEN
    PERFORM look_again_for_expiry(e.tenant_id, e.supplier_id, e.updated_at_us);
  END IF;

  RETURN QUERY SELECT CASE WHEN v_wins THEN 'won' ELSE 'superseded' END, v_rule, v_version, v_quantity,
    v_wins AND (v_changes OR p_replay_id IS NOT NULL),
    CASE WHEN NOT v_wins THEN w.supplier_id END, CASE WHEN NOT v_wins THEN w.event_id END, v_now, true;
END $$;

-- Makes an item's row say what its ledger comes to, and a new version where a shop sees a difference, or where p_anyway
-- wants one. Call it with the item's lock. p_lead, p_stock, p_quantity and p_shares are what item_stock says; p_maker is the
-- event that makes the version, p_label how. Answers the new version; null where none was made.
CREATE OR REPLACE FUNCTION write_item(p_item_id text, p_sku text, p_rule_id integer, p_stock bigint, p_quantity integer,
                                      p_lead bigint, p_shares jsonb, p_maker bigint, p_label text, p_above integer,
                                      p_anyway boolean, p_replay_id text)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_version integer;
  e supplier_event%ROWTYPE;
  i catalog_item%ROWTYPE;
  n catalog_item_version%ROWTYPE;
BEGIN
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_lead;
  SELECT * INTO i FROM catalog_item x WHERE x.item_id = p_item_id;
  -- A row that a hand altered, or took away, says nothing of what the shop was told.
  SELECT * INTO n FROM catalog_item_version x WHERE x.item_id = p_item_id ORDER BY x.version DESC LIMIT 1;
  IF p_anyway OR (i.version, i.quantity, i.updated_at_us, n.quantity, n.updated_at_us)
     IS DISTINCT FROM (n.version, p_quantity, e.updated_at_us, p_quantity, e.updated_at_us)
  THEN
    v_version := next_version(p_item_id, p_above);
    PERFORM overtake_versions(p_item_id, v_now);
    INSERT INTO catalog_item_version (item_id, version, event_seq, quantity, updated_at_us, rule, created_at_us,
                                      publication_at_us, replay_id, stock_rule_id, stock, shares)
    VALUES (p_item_id, v_version, p_maker, p_quantity, e.updated_at_us, p_label, v_now, v_now, p_replay_id,
            CASE WHEN p_shares IS NOT NULL THEN p_rule_id END, p_stock, p_shares);
  END IF;
  INSERT INTO catalog_item (item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, winner_seq, version)
  VALUES (p_item_id, e.tenant_id, p_sku, p_quantity, e.updated_at_us, e.supplier_id, e.event_id, e.seq,
          coalesce(v_version, i.version))
  ON CONFLICT (item_id) DO UPDATE
     SET quantity = excluded.quantity, updated_at_us = excluded.updated_at_us, supplier_id = excluded.supplier_id,
         event_id = excluded.event_id, winner_seq = excluded.winner_seq, version = excluded.version;
  RETURN v_version;
END $$;

-- Opens an attempt to tell a storefront an item's current version, unless there is a reason not to.
-- verdict: send (attempt_id is then given), withheld (a flag is closed), overtaken, postponed (something newer of the item is
-- due: for two seconds from its making the version waits to be overtaken), accepted (told already), or what
-- next_storefront says, which also says which one it is; with all storefronts closed, withheld. queue: it has limits, and
-- the turn at hand (p_turn) is not one of its. Without p_message_id the message has the id that message_id gives it. The flag
-- is that of the event that made the version, which in a replay need not be the event at hand; and a replay tells a version that is accepted again, once. Which version is told comes through
-- Temporal: live it has to be one that the event made, in a replay one from when the item's last event had its outcome; any
-- other raises no_data_found.
CREATE OR REPLACE FUNCTION begin_publish_attempt(p_seq bigint, p_item_id text, p_version integer,
                                                 p_workflow_id text, p_message_id text, p_replay_id text,
                                                 p_failed text[] DEFAULT '{}'::text[],
                                                 p_turn text DEFAULT NULL::text)
 RETURNS TABLE(verdict text, attempt_id bigint, quantity integer, storefront text, kind text, url text, config jsonb,
               secret bytea, secret_before bytea, several boolean, limits jsonb, message_id text)
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
  v_made bigint;
  v_postpones boolean;
  v_updated_at bigint;
  v_verdict text;
  v_attempt bigint;
  v_storefront text;
  v_several boolean;
  v_limits jsonb;
  v_message_id text := coalesce(p_message_id, message_id(p_item_id, p_version, p_replay_id));
BEGIN
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(e.tenant_id));
  PERFORM pg_advisory_xact_lock_shared(item_lock(p_item_id));
  SELECT v.quantity, v.publication, v.event_seq, v.created_at_us, v.updated_at_us, m.supplier_id
    INTO STRICT v_quantity, v_publication, v_event_seq, v_made, v_updated_at, v_supplier
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
  -- A worker of the release that gives its own id knows no such answer. What was made in the future, by a clock that has gone
  -- back since, would wait for longer.
  v_postpones := v_verdict = 'send' AND p_message_id IS NULL AND p_replay_id IS NULL AND v_publication = 'due'
    AND v_made BETWEEN now_us() - postpone_us() + 1 AND now_us() AND awaits_newer(e.tenant_id, p_item_id, v_updated_at);
  IF v_postpones THEN
    -- The first that nobody was told of counts: versions that wait for the next one, each, would leave an item that changes
    -- all the time untold for ever.
    SELECT coalesce(min(o.created_at_us), v_made) INTO v_made FROM catalog_item_version o
     WHERE o.item_id = p_item_id AND o.version <= p_version
       AND o.version > coalesce((SELECT max(a.version) FROM publish_attempt a WHERE a.item_id = p_item_id), 0);
  END IF;
  IF v_postpones AND v_made > now_us() - postpone_us() THEN
    v_verdict := 'postponed';
    v_storefront := NULL;
    -- Whoever makes the newer version takes this due time away: see overtake_versions.
    UPDATE supplier_event x SET start_due_us = v_made + postpone_us(), started_by = NULL
     WHERE x.seq = p_seq AND x.decision IS NOT NULL;
  END IF;

  IF v_verdict = 'send' THEN
    INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, replay_id, message_id, storefront)
    VALUES (p_item_id, p_version, p_seq, p_workflow_id, p_replay_id, v_message_id, v_storefront)
    RETURNING id INTO v_attempt;
  ELSIF v_verdict = 'rejected' AND p_replay_id IS NULL AND v_publication IN ('due', 'withheld') THEN
    -- Nobody else is left to say how it ends: the no came first, or those who were waited for are closed or gone.
    PERFORM end_publication(p_item_id, p_version, 'rejected', (
      SELECT a.reason FROM publish_attempt a
        LEFT JOIN storefront s ON s.tenant_id = a.tenant_id AND s.name = a.storefront
       WHERE a.item_id = p_item_id AND a.version = p_version AND a.status = 'rejected'
         AND coalesce(s.state, 'open') = 'open' AND a.id > coalesce(s.nos_from, 0)
       ORDER BY a.id DESC LIMIT 1));
  ELSIF v_verdict NOT IN ('later', 'rejected', 'queue', 'postponed') THEN
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
                      CASE WHEN s.secret_before_until_us > now_us() THEN s.secret_before END, v_several, v_limits,
                      v_message_id
    FROM tenant t LEFT JOIN storefront s ON s.tenant_id = t.id AND s.name = v_storefront
   WHERE t.id = e.tenant_id;
END $$;

-- What waits already: as much as is done in some seconds. The rest goes by its age.
SELECT rank_events(ARRAY(
  SELECT o.seq
    FROM tenant t
   CROSS JOIN LATERAL (
     SELECT e.seq FROM supplier_event e
      WHERE e.tenant_id = t.id AND e.start_due_us IS NOT NULL AND e.decision IS NULL
      ORDER BY e.start_due_us
      LIMIT 20000) o
   LIMIT 200000));

-- Servers and workers that run meanwhile need it before setup has settled all rights.
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'catalog_sync_worker') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON "freshest_event" TO catalog_sync_worker;
  END IF;
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'catalog_sync_owner') THEN
    -- Whoever may not give it away leaves it to setup.
    IF pg_has_role(current_user, 'catalog_sync_owner', 'MEMBER')
       AND has_schema_privilege('catalog_sync_owner', current_schema(), 'CREATE')
    THEN
      ALTER TABLE "freshest_event" OWNER TO catalog_sync_owner;
    END IF;
  END IF;
END $$;
