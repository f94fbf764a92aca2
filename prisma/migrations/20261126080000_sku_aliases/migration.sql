-- Aliases of SKUs: what a supplier calls an item, and how many pieces it counts as one; what waits for an alias.

CREATE TABLE "sku_alias" (
    "tenant_id" TEXT NOT NULL,
    "supplier_id" TEXT NOT NULL,
    "code_key" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "sku" TEXT NOT NULL,
    "factor" INTEGER NOT NULL DEFAULT 1,
    "since_us" BIGINT NOT NULL DEFAULT now_us(),

    CONSTRAINT "sku_alias_pkey" PRIMARY KEY ("tenant_id","supplier_id","code_key")
);

CREATE TABLE "event_code" (
    "seq" BIGINT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "supplier_id" TEXT NOT NULL,
    "code_key" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "sku" TEXT,
    "factor" INTEGER,
    "alias_since_us" BIGINT,
    "waited_until_us" BIGINT,

    CONSTRAINT "event_code_pkey" PRIMARY KEY ("seq")
);

ALTER TABLE "tenant" ADD COLUMN "unknown_skus" TEXT NOT NULL DEFAULT 'take';

ALTER TABLE "sku_alias" ADD CONSTRAINT "sku_alias_tenant_id_supplier_id_fkey" FOREIGN KEY ("tenant_id", "supplier_id") REFERENCES "supplier"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "event_code" ADD CONSTRAINT "event_code_seq_fkey" FOREIGN KEY ("seq") REFERENCES "supplier_event"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;

-- By hand from here on: what Prisma does not know.

ALTER TABLE tenant ADD CONSTRAINT tenant_unknown_skus_known CHECK (unknown_skus IN ('take', 'hold'));
ALTER TABLE sku_alias ADD CONSTRAINT sku_alias_factor_range CHECK (factor BETWEEN 1 AND 1000000);
ALTER TABLE event_code ADD CONSTRAINT event_code_alias_whole CHECK (
  (sku IS NULL) = (factor IS NULL) AND (sku IS NULL) = (alias_since_us IS NULL));

CREATE INDEX event_code_waiting ON event_code (tenant_id, supplier_id, code_key, seq)
  WHERE factor IS NULL AND waited_until_us IS NULL;

-- What waits for an alias is no business of whoever lets go what flags held.
DROP INDEX supplier_event_held;
CREATE INDEX supplier_event_held ON supplier_event (tenant_id, supplier_id, seq)
  WHERE held_at_us IS NOT NULL AND start_due_us IS NULL AND item_id IS NOT NULL;

-- By what a supplier's code is known among its aliases: as a SKU is (see sku_key); a GTIN in any length, with or without
-- its leading zeros, as GTIN-14. Digits are a GTIN where there are 8 to 14 of them and the last checks the others.
-- src/domain/sku-alias.ts says the same.
CREATE OR REPLACE FUNCTION code_key(p_code text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE
    WHEN k.key ~ '^[0-9]{8,14}$'
         AND (SELECT sum(substr(lpad(k.key, 14, '0'), i, 1)::integer * CASE i % 2 WHEN 1 THEN 3 ELSE 1 END) % 10
                FROM generate_series(1, 14) i) = 0
      THEN lpad(k.key, 14, '0')
    ELSE k.key END
    FROM (SELECT sku_key(p_code) AS key) k
$$;

-- A tenant's aliases are read under this lock, shared, where codes without one are held, and changed under it alone: so
-- no event waits for an alias that is there already. It is taken before an event's row is.
CREATE OR REPLACE FUNCTION alias_lock(p_tenant text)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT hashtextextended('aliases:' || p_tenant, 0)
$$;

-- How many pieces a quantity of a supplier's units is; null where that is more, or less, than an event may say.
CREATE OR REPLACE FUNCTION aliased_quantity(p_quantity integer, p_factor integer)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN p_quantity::bigint * p_factor BETWEEN -2147483648 AND 2147483647 THEN p_quantity * p_factor END
$$;

-- Whether an event waits for an alias of its code. What closed flags hold has an item, or goes on its way to it.
CREATE OR REPLACE FUNCTION is_unknown(e supplier_event)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT e.held_at_us IS NOT NULL AND e.item_id IS NULL AND e.start_due_us IS NULL AND e.decision IS NULL
$$;

-- Whether an event says what its supplier sent under a code of its own, in the SKU and the pieces of the alias that was
-- used. Its digest is of what was sent.
CREATE OR REPLACE FUNCTION is_by_code(e supplier_event)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $$
  SELECT EXISTS (
    SELECT 1 FROM event_code c
     WHERE c.seq = e.seq AND e.digest = event_digest(c.code, c.quantity, e.updated_at_us, e.location)
       AND (e.sku, e.quantity) = (c.sku, aliased_quantity(c.quantity, c.factor)))
$$;

-- Turns the codes of events that have just come into SKUs, and their quantities into pieces. What a supplier sent stands
-- in event_code, beside the alias that was used; the digest is of what it sent. A code without an alias waits for one
-- where its tenant says so; so does, everywhere, a quantity that its alias makes more than an event may say.
-- Called by record_supplier_events, in its transaction.
CREATE OR REPLACE FUNCTION apply_aliases(p_tenant text, p_supplier text, p_seqs bigint[])
 RETURNS void
 LANGUAGE sql
AS $$
  WITH found AS MATERIALIZED (
    SELECT e.seq, k.key, e.sku AS code, e.quantity AS sent, a.sku, a.factor, a.since_us,
           aliased_quantity(e.quantity, a.factor) AS quantity
      FROM supplier_event e
      JOIN tenant t ON t.id = e.tenant_id
     CROSS JOIN LATERAL (SELECT code_key(e.sku) AS key OFFSET 0) k
      -- Looked up one by one, whatever the planner thinks of how many there are.
      LEFT JOIN LATERAL (
        SELECT x.* FROM sku_alias x
         WHERE x.tenant_id = p_tenant AND x.supplier_id = p_supplier AND x.code_key = k.key OFFSET 0) a ON true
     WHERE e.seq = ANY (p_seqs) AND (a.sku IS NOT NULL OR t.unknown_skus = 'hold')
  ), noted AS (
    INSERT INTO event_code (seq, tenant_id, supplier_id, code_key, code, quantity, sku, factor, alias_since_us)
    SELECT f.seq, p_tenant, p_supplier, f.key, f.code, f.sent,
           CASE WHEN f.quantity IS NOT NULL THEN f.sku END, CASE WHEN f.quantity IS NOT NULL THEN f.factor END,
           CASE WHEN f.quantity IS NOT NULL THEN f.since_us END
      FROM found f
  )
  UPDATE supplier_event e
     SET sku = CASE WHEN f.quantity IS NULL THEN e.sku ELSE f.sku END,
         quantity = coalesce(f.quantity, e.quantity),
         held_at_us = CASE WHEN f.quantity IS NULL THEN e.received_at_us END,
         start_due_us = CASE WHEN f.quantity IS NOT NULL THEN e.start_due_us END
    FROM found f
   WHERE e.seq = f.seq AND e.seq = ANY (p_seqs)
$$;

-- Lets events flow that waited for an alias of their code, in the order of their arrival: those that have one by now
-- and, where the tenant takes codes as they are, the others too. Call it where aliases or that rule are changed, under
-- alias_lock. Answers how many there were.
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
           start_due_us = v_now + w.no, started_by = NULL
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

-- The items that rows of a supplier's file speak of, by their SKUs, and their figures in pieces. A code without an alias
-- stands as it is; a figure that is more than an event may say stands without.
CREATE OR REPLACE FUNCTION feed_items(p_tenant text, p_supplier text, p_items jsonb)
 RETURNS TABLE(sku_key text, location text, quantity integer, "updatedAtUs" bigint)
 LANGUAGE plpgsql
 STABLE
AS $$
#variable_conflict use_column
BEGIN
  IF NOT EXISTS (SELECT 1 FROM sku_alias a WHERE a.tenant_id = p_tenant AND a.supplier_id = p_supplier) THEN
    RETURN QUERY
    SELECT sku_key(x.sku), x.location, x.quantity, x."updatedAtUs"
      FROM jsonb_to_recordset(p_items) AS x (sku text, location text, quantity integer, "updatedAtUs" bigint);
    RETURN;
  END IF;
  RETURN QUERY
  SELECT sku_key(coalesce(a.sku, x.sku)), x.location, aliased_quantity(x.quantity, coalesce(a.factor, 1)),
         x."updatedAtUs"
    FROM jsonb_to_recordset(p_items) AS x (sku text, location text, quantity integer, "updatedAtUs" bigint)
    LEFT JOIN LATERAL (
      SELECT y.* FROM sku_alias y
       WHERE y.tenant_id = p_tenant AND y.supplier_id = p_supplier AND y.code_key = code_key(x.sku) OFFSET 0) a ON true;
END $$;

-- What an event is now, in the one word that every list, count, filter and trace says; p_flows: whether the flags let its
-- supplier's events through. The decision is kept as it fell; this follows from it and from what came after. An
-- undecided event that closed flags held is held as long as they are closed: the mark stays until it goes on, so with
-- open flags it is pending, released already or about to be. One whose code has no alias is held whatever the flags say.
CREATE OR REPLACE FUNCTION outcome_with_flags(e supplier_event, p_flows boolean)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE
    WHEN e.decision IN ('rejected', 'applied') THEN e.decision
    WHEN e.voided_by_seq IS NOT NULL THEN 'voided'
    WHEN e.decision IS NOT NULL THEN CASE WHEN event_counts(e.item_id, e.seq) THEN 'won' ELSE 'superseded' END
    WHEN e.held_at_us IS NOT NULL THEN CASE WHEN p_flows AND NOT is_unknown(e) THEN 'pending' ELSE 'held' END
    WHEN e.start_due_us IS NULL THEN 'failed'
    ELSE 'pending' END
$$;

-- Makes due again what closed flags held or withheld and open flags let go.
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
  UPDATE supplier_event e SET start_due_us = now_us(), started_by = NULL, start_count = 1
    FROM freed WHERE e.seq = freed.seq;
  GET DIAGNOSTICS v_released = ROW_COUNT;
  RETURN v_released;
END $$;

-- Whether an event has to have a complete trace: it was acknowledged, or its flags were opened, over 90 s ago, and it is
-- not held. One that waited for an alias is asked for 90 s after it has one. For 90 s after an opening nothing of the supplier is asked for: what was held is being decided, and takes
-- over items of events that were decided before.
-- p_flows, p_opened_us: of its supplier, as supplier_flow tells them.
CREATE OR REPLACE FUNCTION trace_is_due(e supplier_event, p_flows boolean, p_opened_us bigint, p_now_us bigint)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT greatest(e.received_at_us, p_opened_us, CASE WHEN e.decision IS NULL AND e.item_id IS NULL THEN e.held_at_us END)
           < p_now_us - 90000000
         AND (e.decision IS NOT NULL OR p_flows AND NOT is_unknown(e))
$$;

-- What the trace of an event lacks, or where it contradicts the ledger: the first fault, which src/signals/gaps.ts puts
-- into words; null for a complete trace. p_item_gap is what item_gap says of the event's item: asked once an item.
-- What is recomputed here is what the database's own functions wrote: digest, rule, and who beat whom. A winner must
-- have been standing when the event was decided: decided before, and not yet beaten by an event that still counts. A
-- loser names whom it lost to, a winner whom it beat, so there is one rival at most: an event, or what archived_rival
-- has kept of one that was pruned. What was decided under a stock rule met events of its own supplier and location only.
-- It takes a number instead of a row so that a query over many events is planned as one join.
CREATE OR REPLACE FUNCTION trace_gap(p_seq bigint, p_item_gap text)
 RETURNS TABLE(gap text)
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE
    WHEN e.digest <> event_digest(e.sku, e.quantity, e.updated_at_us, e.location) AND NOT is_by_code(e) THEN 'digest'
    WHEN e.workflow_id = '' THEN 'workflow'
    WHEN e.decision IS NULL OR e.rule IS NULL OR e.decided_at_us IS NULL THEN 'undecided'
    WHEN e.voided_by_seq IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM supplier_event o WHERE o.seq = e.voided_by_seq AND o.kind = 'void' AND o.target_seq = e.seq)
      THEN 'void'
    WHEN e.kind = 'void' AND NOT EXISTS (
           SELECT 1 FROM supplier_event o WHERE o.seq = e.target_seq AND o.voided_by_seq = e.seq)
      THEN 'void'
    WHEN e.expired_by_seq IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM supplier_event o WHERE o.seq = e.expired_by_seq AND o.kind = 'expiry' AND o.target_seq = e.seq)
      THEN 'expiry'
    WHEN e.kind = 'expiry' AND NOT EXISTS (
           SELECT 1 FROM supplier_event o
            WHERE o.seq = e.target_seq AND o.supplier_id = e.supplier_id AND o.item_id = e.item_id
              AND o.updated_at_us < e.updated_at_us)
      THEN 'expiry'
    WHEN e.decision = 'rejected' THEN
      CASE WHEN e.rule IN ('malformed_sku', 'clock_drift') AND e.failure_mode IS NOT DISTINCT FROM e.rule
            AND (e.rule <> 'clock_drift' OR drifts_by(e, j.clock_tolerance_seconds) IS DISTINCT FROM false)
           THEN NULL ELSE 'rejection' END
    -- Outside ASCII, what is upper case is not for every database to say.
    WHEN e.kind NOT IN ('void', 'expiry') AND e.item_id IS NOT NULL AND e.sku !~ '[^\x01-\x7f]'
         AND e.item_id <> e.tenant_id || ':' || sku_key(e.sku)
      THEN 'other_sku'
    WHEN e.decision IN ('won', 'superseded') AND drifts_by(e, j.clock_tolerance_seconds) THEN 'not_by_rule'
    WHEN e.decision IN ('won', 'superseded') AND NOT fits_rule(j.sku_pattern, sku_key(e.sku)) THEN 'sku_not_by_rule'
    WHEN e.decision = 'superseded' AND (
           coalesce(r.seq, a.seq) IS NULL OR coalesce(r.item_id, a.item_id) IS DISTINCT FROM e.item_id
           OR e.stock_rule_id IS NOT NULL
              AND (coalesce(r.supplier_id, a.supplier_id), coalesce(r.location, a.location))
                  IS DISTINCT FROM (e.supplier_id, e.location)
           OR is_winning_rule(e.rule) IS DISTINCT FROM false
           OR e.rule <> contest_rule(e.updated_at_us, e.quantity, e.supplier_id, e.event_id,
                                     coalesce(r.updated_at_us, a.updated_at_us), coalesce(r.quantity, a.quantity),
                                     coalesce(r.supplier_id, a.supplier_id), coalesce(r.event_id, a.event_id))
           OR coalesce(r.decision_no, a.decision_no) IS NULL OR coalesce(r.decision_no, a.decision_no) > e.decision_no
           OR EXISTS (SELECT 1 FROM supplier_event n
                       WHERE n.beat_seq = e.lost_to_seq AND n.decision_no < e.decision_no AND n.voided_by_seq IS NULL
                         AND (e.stock_rule_id IS NULL OR n.supplier_id = e.supplier_id AND n.location = e.location)))
      THEN 'lost_to'
    WHEN e.decision = 'won' AND (
           (e.beat_seq IS NOT NULL AND coalesce(r.item_id, a.item_id) IS DISTINCT FROM e.item_id)
           OR e.stock_rule_id IS NOT NULL AND e.beat_seq IS NOT NULL
              AND (coalesce(r.supplier_id, a.supplier_id), coalesce(r.location, a.location))
                  IS DISTINCT FROM (e.supplier_id, e.location)
           OR is_winning_rule(e.rule) IS DISTINCT FROM true
           OR e.rule <> contest_rule(e.updated_at_us, e.quantity, e.supplier_id, e.event_id,
                                     coalesce(r.updated_at_us, a.updated_at_us), coalesce(r.quantity, a.quantity),
                                     coalesce(r.supplier_id, a.supplier_id), coalesce(r.event_id, a.event_id)))
      THEN 'beat'
    -- An event that was voided before it was decided may belong to an item that never came to be.
    WHEN p_item_gap <> 'no_item' OR (p_item_gap = 'no_item' AND e.decision IN ('won', 'superseded')) THEN p_item_gap
    WHEN e.decision = 'won' AND (
           v.version IS NULL
           OR e.stock_rule_id IS NULL
              AND (v.quantity, v.updated_at_us) IS DISTINCT FROM (greatest(0, e.quantity), e.updated_at_us))
      THEN 'no_version'
    -- Each version by itself: the shares that it was made with, by the rule of then.
    WHEN v.shares IS NOT NULL
         AND v.quantity IS DISTINCT FROM (SELECT x.quantity FROM weigh_stock(v.stock_rule_id, v.shares) x)
      THEN 'shares'
    WHEN (e.decision = 'won' OR e.kind = 'expiry') AND v.publication <> 'overtaken'
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

-- What is wrong with what the catalog says of an item, as trace_gap tells it of each of the item's events; null when all
-- of it follows from the ledger, and for an event without an item.
CREATE OR REPLACE FUNCTION item_gap(p_item_id text)
 RETURNS TABLE(gap text)
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE
    WHEN asked.item_id IS NULL THEN NULL
    WHEN i.item_id IS NULL THEN 'no_item'
    WHEN w.seq IS NULL OR w.item_id IS DISTINCT FROM i.item_id OR i.winner_seq IS DISTINCT FROM s.lead_seq THEN 'winner'
    WHEN w.digest <> event_digest(w.sku, w.quantity, w.updated_at_us, w.location) AND NOT is_by_code(w) THEN 'winner_digest'
    WHEN (i.quantity, i.updated_at_us, i.supplier_id, i.event_id)
           IS DISTINCT FROM (s.quantity, w.updated_at_us, w.supplier_id, w.event_id)
         OR (i.quantity, i.updated_at_us) IS DISTINCT FROM (c.quantity, c.updated_at_us) THEN 'row'
    WHEN c.shares IS NOT NULL
         AND c.quantity IS DISTINCT FROM (SELECT x.quantity FROM weigh_stock(c.stock_rule_id, c.shares) x) THEN 'shares'
    END
    FROM (SELECT p_item_id AS item_id) asked
    LEFT JOIN catalog_item i ON i.item_id = asked.item_id
    -- By itself, which OFFSET keeps: item_stock would ask for it several times.
    LEFT JOIN LATERAL (SELECT item_rule(i.item_id) AS id OFFSET 0) r ON true
    LEFT JOIN LATERAL item_stock(i.item_id, r.id) s ON true
    LEFT JOIN supplier_event w ON w.seq = i.winner_seq
    LEFT JOIN catalog_item_version c ON c.item_id = i.item_id AND c.version = i.version
$$;

-- Puts a delivery into the ledger: all of it or, on an error, nothing.
-- p_events: [{"eventId","sku","quantity","updatedAtUs","location"?,"updatedAtSent"?,"workflowId","ignored"?: [field],
-- "isSku"?: true}];
-- answers in the same order. What a supplier calls by a code of its own gets its SKU before anybody sees it, unless the
-- event says that it names a SKU: see apply_aliases.
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

-- Writes down what the next rows of a file are, while it is read: which items they name, and which of them are refused.
-- Nothing of it flows yet, and what its supplier calls by a code of its own is named as its alias says. Answers false where the run is not there any more: it has ended, or another worker reads it.
-- p_counts: {"refused","figures","zeros","newestUs","codes": {code: count}};
-- p_items: [{"sku","location","quantity"?,"updatedAtUs"?}]; p_refusals: [{"line","code","reason","text"}].
CREATE OR REPLACE FUNCTION note_feed_rows(p_run_id text, p_before integer, p_upto integer, p_counts jsonb, p_items jsonb,
                                          p_refusals jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
DECLARE
  v_kept integer;
  v_tenant text;
  v_supplier text;
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
   WHERE r.id = p_run_id AND r.state = 'reading' AND r.rows = p_before
  RETURNING r.tenant_id, (SELECT f.supplier_id FROM feed f WHERE f.tenant_id = r.tenant_id AND f.id = r.feed_id)
    INTO v_tenant, v_supplier;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO feed_run_item AS i (run_id, sku_key, location, quantity, updated_at_us)
  SELECT DISTINCT ON (x.sku_key, x.location) p_run_id, x.sku_key, x.location, x.quantity, x."updatedAtUs"
    FROM feed_items(v_tenant, v_supplier, p_items) x
   ORDER BY x.sku_key, x.location, x."updatedAtUs" DESC NULLS LAST, x.quantity
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
  -- Where an alias has changed since the file was read, what came of it is named by it all the same.
  INSERT INTO feed_run_item (run_id, sku_key, location)
  SELECT DISTINCT p_run_id, sku_key(c.sku), e.location
    FROM jsonb_array_elements(v_receipts) x
    JOIN supplier_event e ON e.tenant_id = v_tenant AND e.supplier_id = v_supplier AND e.event_id = x ->> 'eventId'
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
         (SELECT jsonb_agg(jsonb_build_object('sku', m.sku, 'location', m.location, 'of', m.item_id, 'isSku', true))
            FROM missing m)
    INTO v_seen, v_last, v_events;
  IF v_seen = 0 THEN
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
               ORDER BY sku_key(e.sku), e.location, e.updated_at_us DESC, e.quantity) u
             WHERE u.quantity > 0 AND u.updated_at_us < r.snapshot_us
               AND NOT feed_names(p_run_id, u.sku_key, u.location, v_locations)
             LIMIT p_limit) m;
  END IF;
  IF v_events IS NOT NULL THEN
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('eventId', m.id, 'sku', m.sku, 'location', m.location,
             'quantity', 0, 'isSku', m."isSku",
             'updatedAtUs', r.snapshot_us::text, 'line', 0,
             'workflowId', 'sync:' || r.tenant_id || ':' || v_supplier || ':' || replace(m.id, ':', '%3A'))))
      INTO v_events
      FROM (SELECT 'missing:' || p_run_id || ':' || md5(jsonb_build_array(x.of, x.location)::text) AS id, x.*
              FROM jsonb_to_recordset(v_events) AS x (sku text, location text, of text, "isSku" boolean)) m;
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
  DELETE FROM event_code c WHERE c.seq = ANY (v_seqs);
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
                                 'gate_watch', 'trace_review', 'signal_sample', 'ignored_field', 'sku_alias'] LOOP
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
