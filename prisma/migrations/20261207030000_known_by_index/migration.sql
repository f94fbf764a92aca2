-- By an index also where the plan is of a ledger with little in it; and of a delivery, only what was known before is locked.
-- Puts a delivery into the ledger: all of it or, on an error, nothing.
-- p_events: [{"eventId","sku","quantity","updatedAtUs","location"?,"updatedAtSent"?,"workflowId","ignored"?: [field],
-- "isSku"?: true, "atReceipt"?: true, "traceparent"?}];
-- answers in the same order. What a supplier calls by a code of its own gets its SKU before anybody sees it, unless the
-- event says that it names a SKU: see apply_aliases.
-- An event of the moment of its receipt is known by its id whenever it comes again; of one that was pruned no more is held
-- against it than that.
-- p_behind: they come from a file, and wait behind what comes live: see claim_file_events.
-- A statement each, because only a later statement's snapshot sees a row that ON CONFLICT waited for. For the same
-- reason tombstones are looked up after the insert: whoever prunes an event takes it away and leaves its tombstone in
-- one transaction, so that an id which could be inserted has its tombstone in sight by then. And a known event is
-- locked before its delivery is written down: else it could be pruned in between.
-- What is known is looked up event by event and in the key's order, never joined: else a plan that is of a ledger with
-- little in it reads all that the supplier ever sent.
CREATE OR REPLACE FUNCTION record_supplier_events(p_tenant text, p_supplier text, p_events jsonb,
                                                  p_behind boolean DEFAULT false)
 RETURNS TABLE(event_id text, workflow_id text, status text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
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
                 "workflowId" text, traceparent text)) WITH ORDINALITY
             AS d ("eventId", sku, quantity, "updatedAtUs", location, "updatedAtSent", "workflowId", traceparent, no)
     ORDER BY d."eventId" COLLATE "C", d.no
  ), inserted AS (
    INSERT INTO supplier_event (tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, location,
                                updated_at_sent, received_at_us, digest, workflow_id, traceparent, start_due_us)
    SELECT p_tenant, p_supplier, a."eventId", a.sku, a.quantity, a."updatedAtUs", coalesce(a.location, ''),
           a."updatedAtSent", v_now, event_digest(a.sku, a.quantity, a."updatedAtUs", coalesce(a.location, '')),
           a."workflowId", a.traceparent, CASE WHEN p_behind THEN behind_live_us() + v_now ELSE v_now END
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
      FROM jsonb_array_elements(p_events) x
     CROSS JOIN LATERAL (
       SELECT e.seq FROM supplier_event e
        WHERE e.tenant_id = p_tenant AND e.supplier_id = p_supplier
          AND e.event_id BETWEEN x ->> 'eventId' AND x ->> 'eventId' AND e.seq <> ALL (v_new)
        ORDER BY e.event_id LIMIT 1 FOR KEY SHARE) known;
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
        LEFT JOIN LATERAL (
          SELECT x.* FROM supplier_event x
           WHERE x.tenant_id = p_tenant AND x.supplier_id = p_supplier
             AND x.event_id BETWEEN d."eventId" AND d."eventId"
           ORDER BY x.event_id LIMIT 1) e ON true
        LEFT JOIN LATERAL (
          SELECT x.* FROM pruned_event x
           WHERE e.seq IS NULL AND x.key = event_key(p_tenant, p_supplier, d."eventId") OFFSET 0) t ON true
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

-- Keeps the last ten further deliveries of each kind of some events; duplicate_count knows how many there were.
CREATE OR REPLACE FUNCTION trim_deliveries(p_seqs bigint[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $$
BEGIN
  DELETE FROM duplicate_delivery d
   WHERE d.id = ANY (ARRAY(
     SELECT x.id
       FROM duplicate_count c
      CROSS JOIN (VALUES (false), (true)) AS kind (conflict)
      CROSS JOIN LATERAL (
        SELECT y.id FROM duplicate_delivery y WHERE y.seq = c.seq AND y.conflict = kind.conflict
         ORDER BY y.seq DESC, y.id DESC OFFSET 10) x
      WHERE c.seq = ANY (p_seqs) AND (CASE WHEN kind.conflict THEN c.conflicts ELSE c.duplicates END) > 10));
END $$;
