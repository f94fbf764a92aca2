-- What a claim does is planned once a connection, and not anew for each.

-- Hands due events to a worker: fairly by tenant, and no more than its window of undecided events.
-- The lease is the event's next due time: when it passes without an end, the event is looked after again. So only
-- events with a lease that still runs fill the window: the others are due, and whoever has room may take them.
-- Of the tenants with due events those go first that have the fewest undecided in this worker, and none gets more than
-- its share: an event of a tenant that sends few does not wait for those of one that floods the ledger. Without
-- a share, one tenant may have the whole window.
-- Of a tenant's events, those go first that would stand: see take_due. While more than a thousand wait and 200 came within the
-- last 250 ms, nothing of the tenant is taken, unless something has waited for 3 s.
-- What waits comes and goes by thousands: a plan that was made while nothing did would read all of it, each time. So each
-- statement is such that only one index gives its order; planning them anew would cost more than all that they do.
CREATE OR REPLACE FUNCTION claim_supplier_events(p_worker text, p_window integer, p_limit integer,
                                                 p_lease_us bigint, p_share integer DEFAULT NULL::integer)
 RETURNS TABLE(seq bigint, tenant_id text, supplier_id text, event_id text, sku text, quantity integer,
               updated_at_us bigint, received_at_us bigint, workflow_id text, start_count integer,
               released boolean, undecided boolean, sku_pattern text, clock_tolerance_seconds integer,
               rule_id integer)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
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
  -- But this one is planned each time: a plan that was made while little was undecided would read all that is.
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
   -- In an order, so that the index is used, and not the whole ledger read.
   CROSS JOIN LATERAL (
     SELECT e.start_due_us FROM supplier_event e
      WHERE e.tenant_id = t.id AND e.start_due_us <= v_now ORDER BY e.start_due_us LIMIT 1) oldest
   WHERE coalesce((v_busy ->> t.id)::integer, 0) < v_share
     -- A burst that is still coming in: what is taken of it now is soon overtaken, and keeps the rest from coming.
     AND NOT (oldest.start_due_us > v_now - 3000000
              AND EXISTS (SELECT 1 FROM supplier_event e
                           WHERE e.tenant_id = t.id AND e.start_due_us BETWEEN v_now - 250000 AND v_now
                           ORDER BY e.start_due_us OFFSET 200 LIMIT 1)
              AND EXISTS (SELECT 1 FROM supplier_event e
                           WHERE e.tenant_id = t.id AND e.start_due_us <= v_now
                           ORDER BY e.start_due_us OFFSET 1000 LIMIT 1));
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

-- save_catalog_item and, where there is a version to be told, begin_publish_attempt: in one transaction, so that the first
-- attempt costs no commit of its own. Without p_workflow_id it begins nothing; what it began, or why not, says verdict, null
-- where there is nothing to tell. Not for replays.
CREATE OR REPLACE FUNCTION save_and_begin(p_seq bigint, p_item_id text, p_sku text, p_rule_id integer, p_workflow_id text,
                                          p_failed text[])
 RETURNS TABLE(outcome text, rule text, version integer, quantity integer, publish boolean, lost_to_supplier text,
               lost_to_event text, decided_at_us bigint, fresh boolean, verdict text, attempt_id bigint, storefront text,
               kind text, url text, config jsonb, secret bytea, secret_before bytea, several boolean, limits jsonb,
               message_id text)
 LANGUAGE plpgsql
AS $$
DECLARE
  s record;
BEGIN
  SELECT * INTO STRICT s FROM save_catalog_item(p_seq, p_item_id, p_sku, NULL, p_rule_id);
  IF s.publish AND s.outcome IN ('won', 'applied') AND p_workflow_id IS NOT NULL THEN
    RETURN QUERY
    SELECT s.outcome, s.rule, s.version, s.quantity, s.publish, s.lost_to_supplier, s.lost_to_event, s.decided_at_us, s.fresh,
           b.verdict, b.attempt_id, b.storefront, b.kind, b.url, b.config, b.secret, b.secret_before, b.several, b.limits,
           b.message_id
      FROM begin_publish_attempt(p_seq, p_item_id, s.version, p_workflow_id, NULL, NULL, p_failed) b;
  ELSE
    RETURN QUERY
    SELECT s.outcome, s.rule, s.version, s.quantity, s.publish, s.lost_to_supplier, s.lost_to_event, s.decided_at_us, s.fresh,
           NULL::text, NULL::bigint, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::bytea, NULL::bytea,
           NULL::boolean, NULL::jsonb, NULL::text;
  END IF;
END $$;

-- What every row of the ledger has to be, whoever writes it: called by the table's only check. As checks of their own, all of
-- them would be read and planned anew by each statement that writes a row, a tenth of PostgreSQL's part of an event; this is,
-- once a connection. As a check, each lets pass what it cannot say.
CREATE OR REPLACE FUNCTION event_is_whole(e supplier_event)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE
AS $$
DECLARE
  v_broken text := CASE
    WHEN NOT octet_length(e.event_id) BETWEEN 1 AND 200 THEN 'id_length'
    WHEN octet_length(e.sku) > 256 THEN 'sku_length'
    WHEN char_length(e.location) > 40 THEN 'location_length'
    WHEN e.kind NOT IN ('update', 'correction', 'void', 'expiry') THEN 'kind_known'
    WHEN e.kind = 'correction' AND e.quantity < 0 THEN 'correction_not_negative'
    WHEN (e.kind IN ('update', 'expiry')) <> (e.reason IS NULL)
      OR (e.kind IN ('update', 'expiry')) <> (e.actor IS NULL) THEN 'manual_fix_explained'
    WHEN (e.kind IN ('void', 'expiry')) <> (e.target_seq IS NOT NULL)
      OR NOT CASE e.kind WHEN 'void' THEN coalesce(e.decision = 'applied', false)
                         WHEN 'expiry' THEN coalesce(e.decision = 'applied', true)
                         ELSE e.decision IS DISTINCT FROM 'applied' END THEN 'void_has_target'
    WHEN e.decision NOT IN ('won', 'superseded', 'rejected', 'applied', 'voided') THEN 'decision_known'
    WHEN num_nulls(e.decision, e.decision_no, e.decided_at_us, e.rule) NOT IN (0, 4) THEN 'decision_whole'
    WHEN e.rule NOT IN (
      'first', 'newer', 'lower_quantity', 'greater_supplier', 'greater_event_id', 'older', 'higher_quantity',
      'lesser_supplier', 'lesser_event_id', 'malformed_sku', 'clock_drift', 'void', 'voided', 'expiry',
      'expiry_too_late') THEN 'rule_known'
    -- A void and an expiry name the version that they caused, if any.
    WHEN e.kind NOT IN ('void', 'expiry') AND (e.decision = 'won') <> (e.version IS NOT NULL) THEN 'winner_has_version'
    WHEN (e.decision = 'superseded') <> (e.lost_to_seq IS NOT NULL) THEN 'loser_names_winner'
    WHEN e.decision = 'voided' AND e.voided_by_seq IS NULL THEN 'voided_once'
    WHEN e.decision <> 'rejected' AND e.item_id IS NULL THEN 'decided_has_item'
    WHEN e.failure_mode NOT IN ('malformed_sku', 'clock_drift', 'stale_catalog_version', 'transaction_timeout',
                                'publish_rejected', 'storefront_unreachable') THEN 'failure_mode_known'
    END;
BEGIN
  IF v_broken IS NOT NULL THEN
    RAISE check_violation USING
      MESSAGE = format('new row for relation "supplier_event" violates check constraint "supplier_event_%s"', v_broken),
      CONSTRAINT = 'supplier_event_' || v_broken, TABLE = 'supplier_event';
  END IF;
  RETURN true;
END $$;
