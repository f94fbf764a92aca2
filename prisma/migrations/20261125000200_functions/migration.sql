-- Every function as it was made here; what it is now is in prisma/functions.

-- A tenant's lock is taken shared by whatever reads its flags and acts on them, and exclusively by what moves the
-- flags: after such a change commits, nothing goes on by the old flags.
-- The order of locks is always tenant, item, event, version.
CREATE FUNCTION tenant_lock(p_tenant text)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT hashtextextended('tenant:' || p_tenant, 0)
$$;

-- An item's lock puts its writers in a row; it is taken after the tenant's (tenant_lock).
CREATE FUNCTION item_lock(p_item text)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT hashtextextended('item:' || p_item, 0)
$$;

-- Numbers decisions in the order in which they fell.
CREATE SEQUENCE decision_no_seq;

-- Whether a tenant's and a supplier's flags let its events through; null for a supplier that is not there.
CREATE FUNCTION event_flows(p_tenant text, p_supplier text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $$
  SELECT t.state <> 'closed' AND s.state = 'open'
    FROM supplier s JOIN tenant t ON t.id = s.tenant_id
   WHERE s.tenant_id = p_tenant AND s.id = p_supplier
$$;

-- The suppliers of some tenants: whether their events flow, and since when (0: always).
CREATE FUNCTION supplier_flow(p_tenants text[])
 RETURNS TABLE(tenant_id text, supplier_id text, flows boolean, opened_us bigint)
 LANGUAGE sql
 STABLE
AS $$
  SELECT s.tenant_id, s.id, event_flows(s.tenant_id, s.id),
         greatest(coalesce(t.opened_at_us, 0), coalesce(s.opened_at_us, 0))
    FROM supplier s JOIN tenant t ON t.id = s.tenant_id
   WHERE s.tenant_id = ANY (p_tenants)
$$;

-- What an event's content is held against: SHA-256 of SKU, quantity and updatedAt as they arrived.
CREATE FUNCTION event_digest(p_sku text, p_quantity integer, p_updated_at_us bigint)
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT sha256(convert_to(p_sku || E'\n' || p_quantity || E'\n' || p_updated_at_us, 'UTF8'))
$$;

-- A SKU as far as the database can normalize it: without the white space that String.prototype.trim takes away at
-- its ends, and with the letters a to z in upper case.
CREATE FUNCTION sku_key(p_sku text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT upper(btrim(p_sku, E' \t\n\u000b\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff') COLLATE "C")
$$;

-- Rejected events have no item, so they are also found by their SKU as it was meant.
CREATE INDEX supplier_event_rejected_sku_key ON supplier_event (tenant_id, sku_key(sku)) WHERE decision = 'rejected';

-- Whether an event's item is settled, so that no rule of its supplier is asked any more: it was decided, or voided.
CREATE FUNCTION is_judged(e supplier_event)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT e.item_id IS NOT NULL AND (e.decision IN ('won', 'superseded', 'applied') OR e.voided_by_seq IS NOT NULL)
$$;

-- Whether a replay decides an event: it is undecided, or was rejected before; and it is neither a void nor voided.
CREATE FUNCTION is_open(e supplier_event)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT e.kind <> 'void' AND e.voided_by_seq IS NULL AND coalesce(e.decision, 'rejected') = 'rejected'
$$;

-- The ledger and the audit list only grow; `prune`, alone, says so to its session.
CREATE FUNCTION refuse_removal()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
  IF current_setting('catalog_sync.prune', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'rows of % are never deleted', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', HINT = 'Use catalog-sync prune.';
END $$;

CREATE TRIGGER supplier_event_kept BEFORE DELETE ON supplier_event
  FOR EACH ROW EXECUTE FUNCTION refuse_removal();
CREATE TRIGGER supplier_event_not_truncated BEFORE TRUNCATE ON supplier_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();
CREATE TRIGGER duplicate_delivery_kept BEFORE DELETE ON duplicate_delivery
  FOR EACH ROW EXECUTE FUNCTION refuse_removal();
CREATE TRIGGER duplicate_delivery_not_truncated BEFORE TRUNCATE ON duplicate_delivery
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();
CREATE TRIGGER audit_entry_kept BEFORE DELETE OR UPDATE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION refuse_removal();
CREATE TRIGGER audit_entry_not_truncated BEFORE TRUNCATE ON audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();

-- When a closed flag was last opened: what was held before is not late by the time that it was held. A tenant or
-- supplier that was made open has no such moment.
CREATE FUNCTION note_opening()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
  IF OLD.state = 'closed' AND NEW.state <> 'closed' THEN
    NEW.opened_at_us := now_us();
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER tenant_opening BEFORE UPDATE OF state ON tenant
  FOR EACH ROW EXECUTE FUNCTION note_opening();
CREATE TRIGGER supplier_opening BEFORE UPDATE OF state ON supplier
  FOR EACH ROW EXECUTE FUNCTION note_opening();

-- An attempt counts for the supplier whose event made the version, whoever makes the call.
CREATE FUNCTION note_attempt_owner()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
  SELECT e.tenant_id, e.supplier_id INTO NEW.tenant_id, NEW.supplier_id
    FROM catalog_item_version v JOIN supplier_event e ON e.seq = v.event_seq
   WHERE v.item_id = NEW.item_id AND v.version = NEW.version;
  -- Without such a version the foreign key has the word.
  NEW.tenant_id := coalesce(NEW.tenant_id, '');
  NEW.supplier_id := coalesce(NEW.supplier_id, '');
  RETURN NEW;
END $$;

CREATE TRIGGER publish_attempt_owner BEFORE INSERT ON publish_attempt
  FOR EACH ROW EXECUTE FUNCTION note_attempt_owner();

-- Puts a delivery into the ledger: all of it or, on an error, nothing.
-- p_events: [{"eventId","sku","quantity","updatedAtUs","workflowId"}]; answers in the same order.
-- A statement each, because only a later statement's snapshot sees a row that ON CONFLICT waited for.
CREATE FUNCTION record_supplier_events(p_tenant text, p_supplier text, p_events jsonb)
 RETURNS TABLE(event_id text, workflow_id text, status text)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  v_new bigint[];
BEGIN
  -- Sorted, so that two deliveries with the same events wait for each other instead of deadlocking.
  WITH arrived AS (
    SELECT DISTINCT ON (d."eventId" COLLATE "C") d.*
      FROM ROWS FROM (jsonb_to_recordset(p_events)
             AS ("eventId" text, sku text, quantity integer, "updatedAtUs" bigint, "workflowId" text)) WITH ORDINALITY
             AS d ("eventId", sku, quantity, "updatedAtUs", "workflowId", no)
     ORDER BY d."eventId" COLLATE "C", d.no
  ), inserted AS (
    INSERT INTO supplier_event (tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, received_at_us,
                                digest, workflow_id, start_due_us)
    SELECT p_tenant, p_supplier, a."eventId", a.sku, a.quantity, a."updatedAtUs", v_now,
           event_digest(a.sku, a.quantity, a."updatedAtUs"), a."workflowId", v_now
      FROM arrived a
     ORDER BY a."eventId" COLLATE "C"
    ON CONFLICT DO NOTHING
    RETURNING seq
  )
  SELECT coalesce(array_agg(seq), '{}') INTO v_new FROM inserted;

  IF cardinality(v_new) > 0 THEN
    PERFORM pg_notify('supplier_event', '');
  END IF;

  RETURN QUERY
  WITH delivered AS (
    SELECT d.*, e.seq, e.workflow_id AS known_as,
           e.seq = ANY (v_new) AND row_number() OVER (PARTITION BY e.seq ORDER BY d.no) = 1 AS fresh,
           e.digest = event_digest(d.sku, d.quantity, d."updatedAtUs") AS same
      FROM ROWS FROM (jsonb_to_recordset(p_events)
             AS ("eventId" text, sku text, quantity integer, "updatedAtUs" bigint, "workflowId" text)) WITH ORDINALITY
             AS d ("eventId", sku, quantity, "updatedAtUs", "workflowId", no)
      LEFT JOIN supplier_event e
        ON e.tenant_id = p_tenant AND e.supplier_id = p_supplier AND e.event_id = d."eventId"
  ), repeated AS (
    INSERT INTO duplicate_delivery (seq, received_at_us, conflict, content)
    SELECT d.seq, v_now, NOT d.same,
           CASE WHEN NOT d.same
                THEN jsonb_build_object('sku', d.sku, 'quantity', d.quantity, 'updatedAtUs', d."updatedAtUs"::text) END
      FROM delivered d
     WHERE d.seq IS NOT NULL AND NOT d.fresh
  )
  SELECT d."eventId", coalesce(d.known_as, d."workflowId"),
         CASE WHEN d.fresh THEN 'accepted' WHEN d.same THEN 'duplicate' ELSE 'conflict' END
    FROM delivered d
   ORDER BY d.no;
END $$;

-- Until when a claim keeps others away: the lease grows with each start, to twentyfold, so that what goes wrong again
-- and again is asked for less and less often.
CREATE FUNCTION lease_until(p_now bigint, p_lease_us bigint, p_start_count integer)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT p_now + p_lease_us * least(20, 1 + p_start_count)
$$;

-- Hands due events to a worker: fairly by tenant, oldest first, and no more than its window of undecided events.
-- The lease is the event's next due time: when it passes without an end, the event is looked after again. So only
-- events with a lease that still runs fill the window: the others are due, and whoever has room may take them.
-- Of the tenants with due events those go first that have the fewest undecided in this worker, and none gets more than
-- its share: an event of a tenant that sends few does not wait for those of one that floods the ledger. Without
-- a share, one tenant may have the whole window.
CREATE FUNCTION claim_supplier_events(p_worker text, p_window integer, p_limit integer,
                                                 p_lease_us bigint, p_share integer DEFAULT NULL::integer)
 RETURNS TABLE(seq bigint, tenant_id text, supplier_id text, event_id text, sku text, quantity integer,
               updated_at_us bigint, received_at_us bigint, workflow_id text, start_count integer,
               released boolean, sku_pattern text, clock_tolerance_seconds integer)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  v_room integer;
  v_share integer := coalesce(p_share, p_window);
  v_busy jsonb;
  v_tenants text[];
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
  RETURN QUERY
  WITH due AS MATERIALIZED (
    SELECT e.seq
      FROM unnest(v_tenants) AS busy (tenant_id)
     CROSS JOIN LATERAL (
       SELECT o.seq FROM supplier_event o
        WHERE o.tenant_id = busy.tenant_id AND o.start_due_us <= v_now
        ORDER BY o.start_due_us
        LIMIT least(v_share - coalesce((v_busy ->> busy.tenant_id)::integer, 0),
                    greatest(1, v_room / cardinality(v_tenants)))
          FOR NO KEY UPDATE SKIP LOCKED) e
     LIMIT v_room
  )
  UPDATE supplier_event e
     SET start_due_us = lease_until(v_now, p_lease_us, e.start_count), start_count = e.start_count + 1,
         started_by = p_worker
    FROM due, supplier s
   WHERE e.seq = due.seq AND s.tenant_id = e.tenant_id AND s.id = e.supplier_id
  RETURNING e.seq, e.tenant_id, e.supplier_id, e.event_id, e.sku, e.quantity, e.updated_at_us, e.received_at_us,
            e.workflow_id, e.start_count, e.held_at_us IS NOT NULL, s.sku_pattern, s.clock_tolerance_seconds;
END $$;

-- Makes due again what closed flags held or withheld and open flags let go.
CREATE FUNCTION release_held_events(p_limit integer)
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

-- By which rule an event wins or loses against another one; `first` without one. All that
-- decides or explains goes by it; src/domain/winner.ts says the same, and tests hold the two against each other.
CREATE FUNCTION contest_rule(p_updated_at_us bigint, p_quantity integer, p_supplier text,
                                        p_event text, p_other_updated_at_us bigint,
                                        p_other_quantity integer, p_other_supplier text, p_other_event text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE
    WHEN p_other_updated_at_us IS NULL THEN 'first'
    WHEN p_updated_at_us > p_other_updated_at_us THEN 'newer'
    WHEN p_updated_at_us < p_other_updated_at_us THEN 'older'
    WHEN p_quantity < p_other_quantity THEN 'lower_quantity'
    WHEN p_quantity > p_other_quantity THEN 'higher_quantity'
    WHEN p_supplier COLLATE "C" > p_other_supplier COLLATE "C" THEN 'greater_supplier'
    WHEN p_supplier COLLATE "C" < p_other_supplier COLLATE "C" THEN 'lesser_supplier'
    WHEN p_event COLLATE "C" > p_other_event COLLATE "C" THEN 'greater_event_id'
    ELSE 'lesser_event_id' END
$$;

-- Whether an event that meets another by a rule of contest_rule wins; null for what is no such rule.
CREATE FUNCTION is_winning_rule(p_rule text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE
    WHEN p_rule IN ('first', 'newer', 'lower_quantity', 'greater_supplier', 'greater_event_id') THEN true
    WHEN p_rule IN ('older', 'higher_quantity', 'lesser_supplier', 'lesser_event_id') THEN false END
$$;

-- The events that take part in an item's contest, the greatest first: the winner, whatever the catalog's row says, then
-- the runner-up. The order is that of contest_rule; the index supplier_event_contest is made for it.
CREATE FUNCTION standing_events(p_item_id text)
 RETURNS SETOF supplier_event
 LANGUAGE sql
 STABLE
AS $$
  SELECT e.* FROM supplier_event e
   WHERE e.item_id = p_item_id AND e.decision IN ('won', 'superseded') AND e.voided_by_seq IS NULL
   ORDER BY e.updated_at_us DESC, e.quantity, e.supplier_id DESC, e.event_id DESC
$$;

-- The greatest of an item's decided events that are not voided, whatever the catalog row says; null without one.
CREATE FUNCTION true_winner(p_item_id text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $$
  SELECT e.seq FROM standing_events(p_item_id) e LIMIT 1
$$;

-- What an event is now, in the one word that every list, count, filter and trace says; p_flows: whether the flags let its
-- supplier's events through. The decision is kept as it fell; this follows from it and from what came after. An
-- undecided event that closed flags held is held as long as they are closed: the mark stays until it goes on, so with
-- open flags it is pending, released already or about to be.
CREATE FUNCTION outcome_with_flags(e supplier_event, p_flows boolean)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE
    WHEN e.decision IN ('rejected', 'applied') THEN e.decision
    WHEN e.voided_by_seq IS NOT NULL THEN 'voided'
    WHEN e.decision IS NOT NULL THEN CASE WHEN true_winner(e.item_id) = e.seq THEN 'won' ELSE 'superseded' END
    WHEN e.held_at_us IS NOT NULL THEN CASE WHEN p_flows THEN 'pending' ELSE 'held' END
    WHEN e.start_due_us IS NULL THEN 'failed'
    ELSE 'pending' END
$$;

-- What an event is now: see outcome_with_flags, which whoever counts many events calls with flags that it read once.
CREATE FUNCTION event_outcome(e supplier_event)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $$
  SELECT outcome_with_flags(e, event_flows(e.tenant_id, e.supplier_id))
$$;

-- What is wrong with what the catalog says of an item, as trace_gap tells it of each of the item's events; null when all
-- of it follows from the ledger, and for an event without an item.
CREATE FUNCTION item_gap(p_item_id text)
 RETURNS TABLE(gap text)
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE
    WHEN asked.item_id IS NULL THEN NULL
    WHEN i.item_id IS NULL THEN 'no_item'
    WHEN w.seq IS NULL OR w.item_id IS DISTINCT FROM i.item_id
         OR i.winner_seq IS DISTINCT FROM true_winner(i.item_id) THEN 'winner'
    WHEN w.digest <> event_digest(w.sku, w.quantity, w.updated_at_us) THEN 'winner_digest'
    WHEN (i.quantity, i.updated_at_us, i.supplier_id, i.event_id)
           IS DISTINCT FROM (w.quantity, w.updated_at_us, w.supplier_id, w.event_id)
         OR (i.quantity, i.updated_at_us) IS DISTINCT FROM (c.quantity, c.updated_at_us) THEN 'row'
    END
    FROM (SELECT p_item_id AS item_id) asked
    LEFT JOIN catalog_item i ON i.item_id = asked.item_id
    LEFT JOIN supplier_event w ON w.seq = i.winner_seq
    LEFT JOIN catalog_item_version c ON c.item_id = i.item_id AND c.version = i.version
$$;

-- What the trace of an event lacks, or where it contradicts the ledger: the first fault, which src/signals/gaps.ts puts
-- into words; null for a complete trace. p_item_gap is what item_gap says of the event's item: asked once an item.
-- What is recomputed here is what the database's own functions wrote: digest, rule, and who beat whom. A winner must
-- have been standing when the event was decided: decided before, and not yet beaten by an event that still counts. A
-- loser names whom it lost to, a winner whom it beat, so there is one rival at most.
-- It takes a number instead of a row so that a query over many events is planned as one join.
CREATE FUNCTION trace_gap(p_seq bigint, p_item_gap text)
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
           THEN NULL ELSE 'rejection' END
    WHEN e.decision = 'superseded' AND (
           r.seq IS NULL OR r.item_id IS DISTINCT FROM e.item_id
           OR is_winning_rule(e.rule) IS DISTINCT FROM false
           OR e.rule <> contest_rule(e.updated_at_us, e.quantity, e.supplier_id, e.event_id,
                                     r.updated_at_us, r.quantity, r.supplier_id, r.event_id)
           OR r.decision_no IS NULL OR r.decision_no > e.decision_no
           OR EXISTS (SELECT 1 FROM supplier_event n
                       WHERE n.beat_seq = r.seq AND n.decision_no < e.decision_no AND n.voided_by_seq IS NULL))
      THEN 'lost_to'
    WHEN e.decision = 'won' AND (
           (e.beat_seq IS NOT NULL AND r.item_id IS DISTINCT FROM e.item_id)
           OR is_winning_rule(e.rule) IS DISTINCT FROM true
           OR e.rule <> contest_rule(e.updated_at_us, e.quantity, e.supplier_id, e.event_id,
                                     r.updated_at_us, r.quantity, r.supplier_id, r.event_id))
      THEN 'beat'
    -- An event that was voided before it was decided may belong to an item that never came to be.
    WHEN p_item_gap <> 'no_item' OR (p_item_gap = 'no_item' AND e.decision IN ('won', 'superseded')) THEN p_item_gap
    WHEN e.decision = 'won' AND (
           v.version IS NULL OR (v.quantity, v.updated_at_us) IS DISTINCT FROM (e.quantity, e.updated_at_us))
      THEN 'no_version'
    WHEN e.decision = 'won' AND v.publication <> 'overtaken'
         AND NOT EXISTS (SELECT 1 FROM publish_attempt a WHERE a.item_id = v.item_id AND a.version = v.version)
         AND (v.publication NOT IN ('due', 'withheld')
              OR (SELECT event_flows(m.tenant_id, m.supplier_id) FROM supplier_event m WHERE m.seq = v.event_seq))
      THEN 'unpublished'
    END
    FROM supplier_event e
    LEFT JOIN supplier_event r ON r.seq = coalesce(e.lost_to_seq, e.beat_seq)
    LEFT JOIN catalog_item_version v ON v.item_id = e.item_id AND v.version = e.version
   WHERE e.seq = p_seq
$$;

-- Whether an event has to have a complete trace: it was acknowledged, or its flags were opened, over 90 s ago, and it is
-- not held. For 90 s after an opening nothing of the supplier is asked for: what was held is being decided, and takes
-- over items of events that were decided before.
-- p_flows, p_opened_us: of its supplier, as supplier_flow tells them.
CREATE FUNCTION trace_is_due(e supplier_event, p_flows boolean, p_opened_us bigint, p_now_us bigint)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT greatest(e.received_at_us, p_opened_us) < p_now_us - 90000000 AND (e.decision IS NOT NULL OR p_flows)
$$;

-- Decides an event's contest for its item and writes everything that follows from it. Run again, it changes nothing.
-- The locks come first and each statement has a snapshot of its own: a loser that waited behind a winner sees
-- that winner. The same statement with the lock inside would still see the catalog from before the wait.
-- A void, and an event that was voided before it was decided, take no part: their outcome is their decision.
-- outcome: won, superseded, held, applied or voided; publish: whether the version given has to be told to the storefront.
CREATE FUNCTION save_catalog_item(p_seq bigint, p_item_id text, p_sku text, p_replay_id text)
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

  IF e.decision IN ('won', 'superseded', 'applied', 'voided') THEN
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

  -- The winner's figures come from the ledger, not from the catalog row, which a hand may have altered.
  SELECT x.* INTO w FROM catalog_item i JOIN supplier_event x ON x.seq = i.winner_seq
   WHERE i.item_id = p_item_id AND x.voided_by_seq IS NULL;
  IF w.seq IS NULL THEN
    -- The item's first event; or else a hand has taken the row away, and the ledger still knows who wins.
    SELECT x.* INTO w FROM supplier_event x WHERE x.seq = true_winner(p_item_id);
  END IF;
  v_rule := contest_rule(e.updated_at_us, e.quantity, e.supplier_id, e.event_id,
                         w.updated_at_us, w.quantity, w.supplier_id, w.event_id);
  v_wins := is_winning_rule(v_rule);
  v_changes := v_rule IN ('first', 'newer', 'lower_quantity');

  IF v_wins THEN
    SELECT coalesce(max(v.version), 0) INTO v_version FROM catalog_item_version v WHERE v.item_id = p_item_id;
    IF v_changes THEN
      v_version := 1 + greatest(v_version,
        (SELECT i.version FROM catalog_item i WHERE i.item_id = p_item_id));
      UPDATE catalog_item_version v SET publication = 'overtaken', publication_at_us = v_now
       WHERE v.item_id = p_item_id AND v.publication IN ('due', 'withheld');
      INSERT INTO catalog_item_version (item_id, version, event_seq, quantity, updated_at_us, rule, created_at_us,
                                        publication_at_us, replay_id)
      VALUES (p_item_id, v_version, p_seq, e.quantity, e.updated_at_us, v_rule, v_now, v_now, p_replay_id);
    END IF;
    INSERT INTO catalog_item AS i (item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, winner_seq,
                                   version)
    VALUES (p_item_id, e.tenant_id, p_sku, e.quantity, e.updated_at_us, e.supplier_id, e.event_id, p_seq, v_version)
    ON CONFLICT (item_id) DO UPDATE
       SET quantity = excluded.quantity, updated_at_us = excluded.updated_at_us, supplier_id = excluded.supplier_id,
           event_id = excluded.event_id, winner_seq = excluded.winner_seq, version = excluded.version;
  END IF;

  UPDATE supplier_event x
     SET decision = CASE WHEN v_wins THEN 'won' ELSE 'superseded' END,
         decision_no = nextval('decision_no_seq'), decided_at_us = v_now, rule = v_rule,
         item_id = p_item_id, version = v_version, held_at_us = NULL,
         lost_to_seq = CASE WHEN NOT v_wins THEN w.seq END, beat_seq = CASE WHEN v_wins THEN w.seq END,
         failure_mode = CASE WHEN NOT v_wins THEN 'stale_catalog_version' END, failure_detail = NULL,
         start_due_us = CASE WHEN v_changes THEN x.start_due_us END
   WHERE x.seq = p_seq;

  RETURN QUERY SELECT CASE WHEN v_wins THEN 'won' ELSE 'superseded' END, v_rule, v_version, e.quantity,
    v_wins AND (v_changes OR p_replay_id IS NOT NULL),
    CASE WHEN NOT v_wins THEN w.supplier_id END, CASE WHEN NOT v_wins THEN w.event_id END, v_now, true;
END $$;

-- Gives an item to the event that wins it by the ledger, in a new version above every one that there ever was and above
-- p_above. Call it with the item's lock. Outside a replay the event's workflow is started again, to publish that.
-- Answers the version.
CREATE FUNCTION renew_catalog_item(p_item_id text, p_sku text, p_above integer, p_replay_id text)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  w supplier_event%ROWTYPE;
  v_version integer;
BEGIN
  SELECT * INTO STRICT w FROM supplier_event x WHERE x.seq = true_winner(p_item_id);
  SELECT 1 + greatest((SELECT max(x.version) FROM catalog_item_version x WHERE x.item_id = p_item_id),
                      (SELECT x.version FROM catalog_item x WHERE x.item_id = p_item_id), p_above, 0) INTO v_version;
  UPDATE catalog_item_version x SET publication = 'overtaken', publication_at_us = v_now
   WHERE x.item_id = p_item_id AND x.publication IN ('due', 'withheld');
  INSERT INTO catalog_item_version (item_id, version, event_seq, quantity, updated_at_us, rule, created_at_us,
                                    publication_at_us, replay_id)
  VALUES (p_item_id, v_version, w.seq, w.quantity, w.updated_at_us, 'repaired', v_now, v_now, p_replay_id);
  INSERT INTO catalog_item (item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, winner_seq, version)
  VALUES (p_item_id, w.tenant_id, p_sku, w.quantity, w.updated_at_us, w.supplier_id, w.event_id, w.seq, v_version)
  ON CONFLICT (item_id) DO UPDATE
     SET quantity = excluded.quantity, updated_at_us = excluded.updated_at_us, supplier_id = excluded.supplier_id,
         event_id = excluded.event_id, winner_seq = excluded.winner_seq, version = excluded.version;
  IF p_replay_id IS NULL THEN
    -- It was started before, so whoever starts it again first asks Temporal how it stands.
    UPDATE supplier_event x
       SET start_due_us = v_now, start_count = greatest(x.start_count, 1), held_at_us = NULL,
           failure_mode = NULL, failure_detail = NULL
     WHERE x.seq = w.seq;
    PERFORM pg_notify('supplier_event', '');
  END IF;
  RETURN v_version;
END $$;

-- Takes an event out of the contest for its item. p_void_seq is the void's own row in the ledger, fresh and undecided.
-- When the event was the item's winner, the greatest of the others takes the item over, in a version above all there
-- were, and its workflow is started again to publish that.
-- verdict: voided; or, with nothing written: voided_before, not_contesting (a void, or rejected), last (no other event
-- of the item is decided: nothing would be left to show).
CREATE FUNCTION apply_void(p_void_seq bigint, p_target_seq bigint, p_item_id text, p_reason text,
                                      p_actor text)
 RETURNS TABLE(verdict text, version integer, winner_seq bigint)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint;
  v_tenant text;
  v_version integer;
  e supplier_event%ROWTYPE;
  t supplier_event%ROWTYPE;
  i catalog_item%ROWTYPE;
BEGIN
  SELECT x.tenant_id INTO STRICT v_tenant FROM supplier_event x WHERE x.seq = p_target_seq;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(v_tenant));
  PERFORM pg_advisory_xact_lock(item_lock(p_item_id));
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_target_seq FOR NO KEY UPDATE;
  v_now := now_us();

  IF e.voided_by_seq IS NOT NULL THEN
    RETURN QUERY SELECT 'voided_before', NULL::integer, NULL::bigint;
    RETURN;
  ELSIF e.kind = 'void' OR e.decision = 'rejected' THEN
    RETURN QUERY SELECT 'not_contesting', NULL::integer, NULL::bigint;
    RETURN;
  ELSIF e.decision IN ('won', 'superseded') AND NOT EXISTS (
    SELECT 1 FROM standing_events(p_item_id) x WHERE x.seq <> e.seq)
  THEN
    RETURN QUERY SELECT 'last', NULL::integer, NULL::bigint;
    RETURN;
  END IF;

  IF e.decision IS NULL THEN
    UPDATE supplier_event x
       SET voided_by_seq = p_void_seq, decision = 'voided', rule = 'voided', decision_no = nextval('decision_no_seq'),
           decided_at_us = v_now, item_id = p_item_id, start_due_us = NULL, held_at_us = NULL,
           failure_mode = NULL, failure_detail = NULL
     WHERE x.seq = p_target_seq;
  ELSE
    UPDATE supplier_event x SET voided_by_seq = p_void_seq WHERE x.seq = p_target_seq;
  END IF;

  SELECT * INTO i FROM catalog_item x WHERE x.item_id = p_item_id;
  IF i.winner_seq = p_target_seq THEN
    SELECT * INTO STRICT t FROM supplier_event x WHERE x.seq = true_winner(p_item_id);
    IF (t.quantity, t.updated_at_us) IS DISTINCT FROM (i.quantity, i.updated_at_us) THEN
      v_version := renew_catalog_item(p_item_id, i.sku, 0, NULL);
    ELSE
      UPDATE catalog_item x SET supplier_id = t.supplier_id, event_id = t.event_id, winner_seq = t.seq
       WHERE x.item_id = p_item_id;
    END IF;
  END IF;

  UPDATE supplier_event x
     SET kind = 'void', target_seq = p_target_seq, reason = p_reason, actor = p_actor, item_id = p_item_id,
         decision = 'applied', rule = 'void', decision_no = nextval('decision_no_seq'), decided_at_us = v_now,
         version = v_version
   WHERE x.seq = p_void_seq;
  RETURN QUERY SELECT 'voided', v_version, x.winner_seq FROM (SELECT 1) once
    LEFT JOIN catalog_item x ON x.item_id = p_item_id;
END $$;

-- Whether an item's row and its newest version are what the ledger says; null where no event stands for the item.
CREATE FUNCTION item_is_right(p_item_id text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $$
  SELECT (i.winner_seq, i.quantity, i.updated_at_us, i.supplier_id, i.event_id, v.version, v.quantity, v.updated_at_us)
         IS NOT DISTINCT FROM
         (w.seq, w.quantity, w.updated_at_us, w.supplier_id, w.event_id, i.version, w.quantity, w.updated_at_us)
    FROM supplier_event w
    LEFT JOIN catalog_item i ON i.item_id = p_item_id
    LEFT JOIN LATERAL (SELECT * FROM catalog_item_version x WHERE x.item_id = p_item_id
                        ORDER BY x.version DESC LIMIT 1) v ON true
   WHERE w.seq = true_winner(p_item_id)
$$;

-- Makes an item's row what its ledger says, if it is not: a new version above every one that there ever was.
-- Call it with the item's lock. Answers whether the row had to be repaired.
CREATE FUNCTION repair_catalog_item(p_item_id text, p_sku text, p_replay_id text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
BEGIN
  IF item_is_right(p_item_id) IS NOT FALSE THEN
    RETURN false;
  END IF;
  PERFORM renew_catalog_item(p_item_id, p_sku, 0, p_replay_id);
  RETURN true;
END $$;

-- What a storefront was read to show of an item that it was told of: when that is a version that the ledger has not
-- made, or the newest one with another quantity, no publication of that version can mend it. It is written down, and
-- the item renewed above what is shown. Answers the new version; null where nothing is wrong, or no version is left.
CREATE FUNCTION outbid_storefront(p_item_id text, p_shown_version integer, p_shown_quantity integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  i catalog_item%ROWTYPE;
  v_version integer;
BEGIN
  SELECT * INTO i FROM catalog_item x WHERE x.item_id = p_item_id;
  IF i.item_id IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(i.tenant_id));
  PERFORM pg_advisory_xact_lock(item_lock(p_item_id));
  SELECT * INTO STRICT i FROM catalog_item x WHERE x.item_id = p_item_id;
  IF p_shown_version < i.version OR (p_shown_version, p_shown_quantity) = (i.version, i.quantity)
     OR true_winner(p_item_id) IS NULL THEN
    RETURN NULL;
  END IF;
  INSERT INTO storefront_probe (item_id, probed_at_us, accepted_version, shown_version, shown_quantity, failure_mode)
  VALUES (p_item_id, now_us(), i.version, p_shown_version, p_shown_quantity, 'wrong_quantity_shown');
  IF p_shown_version = 2147483647 THEN
    RETURN NULL;
  END IF;
  v_version := renew_catalog_item(p_item_id, i.sku, p_shown_version, NULL);
  -- It may be the winner's own workflow that asks: it has to end before it is started again.
  UPDATE supplier_event x SET start_due_us = now_us() + 2000000 WHERE x.seq = true_winner(p_item_id);
  RETURN v_version;
END $$;

-- Opens an attempt to tell the storefront an item's current version, unless there is a reason not to.
-- verdict: send (attempt_id is then given), withheld (a flag is closed), overtaken, or accepted (told already).
-- The flag is that of the event that made the version, which in a replay need not be the event at hand; and a replay
-- tells a version that is accepted again, once.
CREATE FUNCTION begin_publish_attempt(p_seq bigint, p_item_id text, p_version integer,
                                                 p_workflow_id text, p_message_id text, p_replay_id text)
 RETURNS TABLE(verdict text, attempt_id bigint, quantity integer, storefront_url text,
               storefront_secret bytea)
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
BEGIN
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(e.tenant_id));
  PERFORM pg_advisory_xact_lock_shared(item_lock(p_item_id));
  SELECT v.quantity, v.publication, v.event_seq, m.supplier_id
    INTO STRICT v_quantity, v_publication, v_event_seq, v_supplier
    FROM catalog_item_version v JOIN supplier_event m ON m.seq = v.event_seq
   WHERE v.item_id = p_item_id AND v.version = p_version;
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
    INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, replay_id, message_id)
    VALUES (p_item_id, p_version, p_seq, p_workflow_id, p_replay_id, p_message_id)
    RETURNING id INTO v_attempt;
  ELSE
    IF p_replay_id IS NULL THEN
      UPDATE supplier_event x
         SET start_due_us = NULL, held_at_us = CASE WHEN v_verdict = 'withheld' THEN now_us() END
       WHERE x.seq = p_seq;
    ELSE
      -- Opened flags let go what is withheld, by the event that made the version.
      UPDATE supplier_event x SET start_due_us = NULL, held_at_us = now_us()
       WHERE x.seq = v_event_seq AND v_verdict = 'withheld' AND v_publication IN ('due', 'withheld');
      UPDATE replay_item x SET published_version = p_version, publication = v_verdict
       WHERE x.replay_id = p_replay_id AND x.item_id = p_item_id AND v_verdict <> 'accepted';
      PERFORM finish_replay_event(p_replay_id, p_seq, NULL, NULL);
    END IF;
    IF v_verdict IN ('withheld', 'overtaken') THEN
      UPDATE catalog_item_version v SET publication = v_verdict, publication_at_us = now_us()
       WHERE v.item_id = p_item_id AND v.version = p_version AND v.publication IN ('due', 'withheld');
    END IF;
  END IF;
  RETURN QUERY SELECT v_verdict, v_attempt, v_quantity, t.storefront_url, t.storefront_secret
    FROM tenant t WHERE t.id = e.tenant_id;
END $$;

-- Writes down how an attempt ended: accepted, rejected (both end the event), or failed (it will be tried again).
-- In a replay the answer is the version's, so it ends the event that made the version.
CREATE FUNCTION finish_publish_attempt(p_attempt_id bigint, p_status text, p_http_status integer,
                                                  p_reason text)
 RETURNS TABLE(finished_at_us bigint)
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_maker bigint;
  v_publication text;
  a publish_attempt%ROWTYPE;
BEGIN
  UPDATE publish_attempt x
     SET status = p_status, http_status = p_http_status, reason = p_reason, finished_at_us = v_now
   WHERE x.id = p_attempt_id
  RETURNING * INTO STRICT a;
  IF p_status IN ('accepted', 'rejected') THEN
    SELECT CASE WHEN a.replay_id IS NULL THEN a.event_seq ELSE v.event_seq END INTO v_maker
      FROM catalog_item_version v WHERE v.item_id = a.item_id AND v.version = a.version;
    PERFORM 1 FROM supplier_event x WHERE x.seq = v_maker FOR NO KEY UPDATE;
    SELECT v.publication INTO v_publication
      FROM catalog_item_version v WHERE v.item_id = a.item_id AND v.version = a.version FOR NO KEY UPDATE;
    -- An accepted version stays accepted: a later refusal of the same content does not take it off the page.
    UPDATE catalog_item_version v SET publication = p_status, publication_at_us = v_now
     WHERE v.item_id = a.item_id AND v.version = a.version AND v.publication <> 'accepted';
    UPDATE supplier_event x
       SET start_due_us = NULL, held_at_us = NULL,
           failure_mode = CASE WHEN p_status = 'accepted' THEN NULL
                               WHEN v_publication = 'accepted' THEN x.failure_mode ELSE 'publish_rejected' END,
           failure_detail = CASE WHEN p_status = 'accepted' THEN NULL
                                 WHEN v_publication = 'accepted' THEN x.failure_detail ELSE p_reason END
     WHERE x.seq = v_maker;
  END IF;
  IF a.replay_id IS NOT NULL THEN
    UPDATE replay_item x SET published_version = a.version, publication = p_status
     WHERE x.replay_id = a.replay_id AND x.item_id = a.item_id;
    IF p_status = 'accepted' THEN
      PERFORM finish_replay_event(a.replay_id, a.event_seq, NULL, NULL);
    END IF;
  END IF;
  RETURN QUERY SELECT v_now;
END $$;

-- Writes down that an event's workflow ends in failure, so that the ledger says what the workflow says.
CREATE FUNCTION record_event_failure(p_seq bigint, p_failure_mode text, p_detail text)
 RETURNS void
 LANGUAGE plpgsql
AS $$
DECLARE
  e supplier_event%ROWTYPE;
BEGIN
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq FOR NO KEY UPDATE;
  IF p_failure_mode IN ('malformed_sku', 'clock_drift') THEN
    UPDATE supplier_event x
       SET decision = 'rejected', rule = p_failure_mode, decision_no = nextval('decision_no_seq'),
           decided_at_us = now_us(), failure_mode = p_failure_mode, failure_detail = p_detail,
           start_due_us = NULL, held_at_us = NULL
     WHERE x.seq = p_seq AND x.decision IS NULL;
    RETURN;
  END IF;
  UPDATE catalog_item_version v SET publication = 'failed', publication_at_us = now_us()
   WHERE v.event_seq = p_seq AND v.publication = 'due' AND p_failure_mode <> 'publish_rejected';
  UPDATE supplier_event x
     SET failure_mode = p_failure_mode, failure_detail = p_detail, start_due_us = NULL, held_at_us = NULL
   WHERE x.seq = p_seq;
END $$;

-- Hands replays whose workflow has to be started, or looked after, to a worker.
CREATE FUNCTION claim_replays(p_limit integer, p_lease_us bigint)
 RETURNS TABLE(id text, tenant_id text, since_us bigint, until_us bigint, start_count integer)
 LANGUAGE sql
AS $$
  WITH due AS MATERIALIZED (
    SELECT r.id FROM replay r
     WHERE r.start_due_us <= now_us()
     ORDER BY r.start_due_us
     LIMIT p_limit
       FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE replay r
     SET start_due_us = now_us() + p_lease_us, start_count = r.start_count + 1
    FROM due WHERE r.id = due.id
  RETURNING r.id, r.tenant_id, r.since_us, r.until_us, r.start_count
$$;

-- Hands due events of replays to a worker, oldest first, into what live events have left of its window. One that has
-- its outcome only waits for its storefront, and takes no room.
CREATE FUNCTION claim_replay_events(p_worker text, p_window integer, p_limit integer,
                                               p_lease_us bigint)
 RETURNS TABLE(replay_id text, seq bigint, tenant_id text, supplier_id text, event_id text, sku text,
               quantity integer, updated_at_us bigint, received_at_us bigint, workflow_id text,
               start_count integer, sku_pattern text, clock_tolerance_seconds integer)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  v_room integer;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM replay_event x WHERE x.start_due_us <= v_now) THEN
    RETURN;
  END IF;
  SELECT least(p_limit, p_window - live.count - again.count) INTO v_room
    FROM (SELECT count(*) FROM (SELECT 1 FROM supplier_event e
                                 WHERE e.started_by = p_worker AND e.decision IS NULL AND e.start_due_us > v_now
                                 LIMIT p_window) x) live,
         (SELECT count(*) FROM (SELECT 1 FROM replay_event e
                                 WHERE e.started_by = p_worker AND e.start_due_us > v_now AND e.outcome IS NULL
                                 LIMIT p_window) x) again;
  IF v_room <= 0 THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH due AS MATERIALIZED (
    SELECT x.replay_id, x.seq FROM replay_event x
     WHERE x.start_due_us <= v_now
     ORDER BY x.start_due_us
     LIMIT v_room
       FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE replay_event x
     SET start_due_us = lease_until(v_now, p_lease_us, x.start_count), start_count = x.start_count + 1,
         started_by = p_worker
    FROM due, supplier_event e, replay r
   WHERE x.replay_id = due.replay_id AND x.seq = due.seq AND e.seq = due.seq AND r.id = due.replay_id
  -- The rules of the replay's beginning: by them it is known which event is an item's last. An event that was judged
  -- before meets none.
  RETURNING x.replay_id, e.seq, e.tenant_id, e.supplier_id, e.event_id, e.sku, e.quantity, e.updated_at_us,
            e.received_at_us, e.workflow_id, x.start_count,
            CASE WHEN is_judged(e) THEN '(?s).*' ELSE r.rules -> e.supplier_id ->> 'skuPattern' END,
            CASE WHEN is_judged(e) THEN 2147483647
                 ELSE (r.rules -> e.supplier_id ->> 'clockToleranceSeconds')::integer END;
END $$;

-- Writes a page of a replay's window down. So far, the page's last event of each item is the item's last; pages come
-- in the window's order, so after the last page it is so. A page that is written again is as good as once.
CREATE FUNCTION prepare_replay_events(p_replay_id text, p_seqs bigint[], p_orders bigint[],
                                                 p_items text[])
 RETURNS void
 LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO replay_event (replay_id, seq, order_us, item_id)
  SELECT p_replay_id, x.seq, x.order_us, x.item_id
    FROM unnest(p_seqs, p_orders, p_items) AS x (seq, order_us, item_id)
  ON CONFLICT DO NOTHING;
  UPDATE replay_event x SET is_last = false
   WHERE x.replay_id = p_replay_id AND x.item_id = ANY (p_items) AND x.is_last;
  UPDATE replay_event x SET is_last = true
    FROM (SELECT DISTINCT ON (y.item_id) y.seq
            FROM unnest(p_seqs, p_orders, p_items) AS y (seq, order_us, item_id)
           WHERE y.item_id IS NOT NULL
           ORDER BY y.item_id, y.order_us DESC, y.seq DESC) last
   WHERE x.replay_id = p_replay_id AND x.seq = last.seq;
END $$;

-- Makes the next events of a replay due, in the window's order: never more than p_window undecided, nor p_waiting that
-- wait for a storefront only, never more than its rate, and an item's last event only when its others are done, so
-- that what it publishes is the outcome of all.
CREATE FUNCTION advance_replay(p_replay_id text, p_window integer, p_waiting integer)
 RETURNS TABLE(running boolean, under_way integer, made_due integer, undone boolean)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  r replay%ROWTYPE;
  v_undecided integer;
  v_under_way integer;
  v_room integer;
  v_made integer := 0;
BEGIN
  SELECT * INTO STRICT r FROM replay x WHERE x.id = p_replay_id FOR NO KEY UPDATE;
  IF r.state <> 'running' THEN
    RETURN QUERY SELECT false, 0, 0, false;
    RETURN;
  END IF;
  SELECT count(*) FILTER (WHERE x.outcome IS NULL), count(*) INTO v_undecided, v_under_way FROM replay_event x
   WHERE x.replay_id = p_replay_id AND x.done_at_us IS NULL AND x.start_due_us IS NOT NULL;
  v_room := least(p_window - v_undecided, p_waiting - v_under_way);
  IF r.rate_per_second IS NOT NULL THEN
    -- At most a second's worth is saved up.
    r.paced_at_us := greatest(r.paced_at_us, v_now - 1000000);
    v_room := least(v_room, ((v_now - r.paced_at_us) * r.rate_per_second) / 1000000);
  END IF;
  IF v_room > 0 THEN
    WITH turn AS MATERIALIZED (
      SELECT x.seq FROM replay_event x
       WHERE x.replay_id = p_replay_id AND x.start_due_us IS NULL AND x.done_at_us IS NULL
         AND NOT (x.is_last AND EXISTS (
           SELECT 1 FROM replay_event o
            WHERE o.replay_id = p_replay_id AND o.item_id = x.item_id AND o.done_at_us IS NULL AND o.seq <> x.seq))
       ORDER BY x.order_us, x.seq
       LIMIT v_room
    )
    UPDATE replay_event x SET start_due_us = v_now
      FROM turn WHERE x.replay_id = p_replay_id AND x.seq = turn.seq;
    GET DIAGNOSTICS v_made = ROW_COUNT;
  END IF;
  IF v_made > 0 THEN
    IF r.rate_per_second IS NOT NULL THEN
      UPDATE replay x SET paced_at_us = r.paced_at_us + v_made * 1000000::bigint / r.rate_per_second
       WHERE x.id = p_replay_id;
    END IF;
    PERFORM pg_notify('supplier_event', '');
  END IF;
  RETURN QUERY SELECT true, v_under_way + v_made, v_made,
    EXISTS (SELECT 1 FROM replay_event x WHERE x.replay_id = p_replay_id AND x.done_at_us IS NULL);
END $$;

-- Says what a replay did to an item, or to all whose last event will not come any more.
CREATE FUNCTION settle_replay_items(p_replay_id text, p_item_id text)
 RETURNS void
 LANGUAGE sql
AS $$
  UPDATE replay_item x
     SET version_after = s.version,
         outcome = CASE
           WHEN NOT x.touched THEN 'held'
           WHEN x.won THEN 'would_win'
           WHEN x.repaired THEN 'repaired'
           WHEN NOT s.flows THEN 'held'
           WHEN x.publication_before <> 'accepted' THEN 'publish_only'
           WHEN x.superseded THEN 'superseded'
           ELSE 'already_current' END
    FROM (SELECT y.item_id, i.version, coalesce(event_flows(m.tenant_id, m.supplier_id), false) AS flows
            FROM replay_item y
            LEFT JOIN catalog_item i ON i.item_id = y.item_id
            LEFT JOIN catalog_item_version v ON v.item_id = i.item_id AND v.version = i.version
            LEFT JOIN supplier_event m ON m.seq = v.event_seq
           WHERE y.replay_id = p_replay_id AND (p_item_id IS NULL OR y.item_id = p_item_id)) s
   WHERE x.replay_id = p_replay_id AND x.item_id = s.item_id AND x.outcome IS NULL
$$;

-- Shows an item, or all that were said something of, to followers: the replay has finished with it.
-- The transaction's number lets a follower read on without missing a row that is committed late.
CREATE FUNCTION show_replay_items(p_replay_id text, p_item_id text)
 RETURNS void
 LANGUAGE sql
AS $$
  UPDATE replay_item x SET settled_xact = pg_current_xact_id()::text::bigint
   WHERE x.replay_id = p_replay_id AND (p_item_id IS NULL OR x.item_id = p_item_id)
     AND x.outcome IS NOT NULL AND x.settled_xact IS NULL
$$;

-- Marks an event of a replay as done: its workflow has nothing left to do.
CREATE FUNCTION finish_replay_event(p_replay_id text, p_seq bigint, p_outcome text,
                                               p_failure_mode text)
 RETURNS void
 LANGUAGE sql
AS $$
  UPDATE replay_event x
     SET done_at_us = now_us(), start_due_us = NULL, outcome = coalesce(p_outcome, x.outcome, 'superseded'),
         failure_mode = p_failure_mode
   WHERE x.replay_id = p_replay_id AND x.seq = p_seq AND x.done_at_us IS NULL;
  SELECT show_replay_items(p_replay_id, x.item_id) FROM replay_event x
   WHERE x.replay_id = p_replay_id AND x.seq = p_seq AND x.is_last
$$;

-- Ends a replay. What it has started goes on to its end; what it made but will not publish goes the way of live events.
CREATE FUNCTION end_replay(p_replay_id text, p_state text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
BEGIN
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
  UPDATE supplier_event e SET start_due_us = now_us()
    FROM catalog_item_version v
   WHERE v.replay_id = p_replay_id AND v.publication = 'due' AND e.seq = v.event_seq AND e.start_due_us IS NULL
     AND NOT EXISTS (SELECT 1 FROM replay_event x
                      WHERE x.replay_id = p_replay_id AND x.item_id = v.item_id AND x.is_last AND x.start_count > 0
                        AND x.done_at_us IS NULL);
  RETURN true;
END $$;

-- An event's way through a replay: first its item is held against the whole ledger, then the event is decided if it
-- is not yet (or was rejected and is acceptable now). The item's last event in the replay says publish, with the
-- item's version as it is then. Run again, it changes nothing; of an event that is done it says nothing more to do.
CREATE FUNCTION resync_catalog_item(p_seq bigint, p_item_id text, p_sku text, p_replay_id text)
 RETURNS TABLE(outcome text, rule text, version integer, quantity integer, publish boolean,
               lost_to_supplier text, lost_to_event text)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_tenant text;
  v_state text;
  v_flows boolean;
  v_open boolean;
  v_touched boolean;
  v_repaired boolean := false;
  v_decision text;
  v_outcome text;
  v_publish boolean;
  r replay_event%ROWTYPE;
  e supplier_event%ROWTYPE;
  i catalog_item%ROWTYPE;
BEGIN
  SELECT x.tenant_id INTO STRICT v_tenant FROM supplier_event x WHERE x.seq = p_seq;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(v_tenant));
  PERFORM pg_advisory_xact_lock(item_lock(p_item_id));
  SELECT x.state INTO STRICT v_state FROM replay x WHERE x.id = p_replay_id FOR SHARE;
  SELECT * INTO STRICT r FROM replay_event x WHERE x.replay_id = p_replay_id AND x.seq = p_seq FOR NO KEY UPDATE;
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq FOR NO KEY UPDATE;
  v_flows := event_flows(e.tenant_id, e.supplier_id);
  v_open := is_open(e);

  IF r.done_at_us IS NULL THEN
    INSERT INTO replay_item AS x (replay_id, item_id, touched, version_before, publication_before)
    SELECT p_replay_id, p_item_id, v_flows, c.version, v.publication
      FROM (SELECT 1) once
      LEFT JOIN catalog_item c ON c.item_id = p_item_id
      LEFT JOIN catalog_item_version v ON v.item_id = p_item_id AND v.version = c.version
    ON CONFLICT (replay_id, item_id) DO UPDATE SET touched = true WHERE excluded.touched AND NOT x.touched;
    IF v_flows THEN
      v_repaired := repair_catalog_item(p_item_id, p_sku, p_replay_id);
    END IF;
    IF v_open THEN
      SELECT s.outcome INTO v_decision FROM save_catalog_item(p_seq, p_item_id, p_sku, p_replay_id) s;
      SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq;
    END IF;
    UPDATE replay_item x
       SET repaired = x.repaired OR v_repaired, won = x.won OR v_decision IS NOT DISTINCT FROM 'won',
           superseded = x.superseded OR v_decision IS NOT DISTINCT FROM 'superseded'
     WHERE x.replay_id = p_replay_id AND x.item_id = p_item_id
       AND (v_repaired OR v_decision IN ('won', 'superseded'))
    RETURNING x.touched INTO v_touched;
  END IF;

  SELECT * INTO i FROM catalog_item x WHERE x.item_id = p_item_id;
  -- With closed flags the replay leaves the event as it is, whatever that is.
  v_outcome := coalesce(CASE WHEN r.done_at_us IS NOT NULL THEN r.outcome END,
                        CASE WHEN v_flows THEN event_outcome(e) ELSE 'held' END);
  SELECT x.touched INTO v_touched FROM replay_item x WHERE x.replay_id = p_replay_id AND x.item_id = p_item_id;
  v_publish := r.done_at_us IS NULL AND r.is_last AND coalesce(v_touched, false) AND i.item_id IS NOT NULL;

  IF r.done_at_us IS NULL THEN
    UPDATE replay_event x SET outcome = v_outcome WHERE x.replay_id = p_replay_id AND x.seq = p_seq;
    -- After the replay's end there is no last event to wait for.
    IF r.is_last OR v_state <> 'running' THEN
      PERFORM settle_replay_items(p_replay_id, p_item_id);
    END IF;
    IF NOT v_publish THEN
      PERFORM finish_replay_event(p_replay_id, p_seq, v_outcome, NULL);
    END IF;
    IF v_state <> 'running' THEN
      PERFORM show_replay_items(p_replay_id, p_item_id);
    END IF;
    IF v_state <> 'running' AND NOT v_publish THEN
      -- Nobody else would publish it: the replay has ended.
      UPDATE supplier_event x SET start_due_us = now_us()
        FROM catalog_item_version v
       WHERE v.item_id = p_item_id AND v.replay_id = p_replay_id AND v.publication = 'due'
         AND x.seq = v.event_seq AND x.start_due_us IS NULL;
    END IF;
  END IF;
  RETURN QUERY SELECT v_outcome, e.rule, i.version, coalesce(i.quantity, e.quantity), v_publish,
                      CASE WHEN v_outcome = 'superseded' THEN i.supplier_id END,
                      CASE WHEN v_outcome = 'superseded' THEN i.event_id END;
END $$;

-- Writes down that an event's workflow in a replay ends in failure. What it says of the event goes into the ledger as
-- ever; what it says of a publication goes to the event that made the version.
CREATE FUNCTION record_resync_failure(p_seq bigint, p_replay_id text, p_failure_mode text,
                                                 p_detail text)
 RETURNS void
 LANGUAGE plpgsql
AS $$
DECLARE
  r replay_event%ROWTYPE;
BEGIN
  SELECT * INTO STRICT r FROM replay_event x WHERE x.replay_id = p_replay_id AND x.seq = p_seq;
  IF r.done_at_us IS NOT NULL THEN
    RETURN;
  END IF;
  IF p_failure_mode IN ('malformed_sku', 'clock_drift') THEN
    PERFORM record_event_failure(p_seq, p_failure_mode, p_detail);
  ELSIF p_failure_mode IN ('publish_rejected', 'storefront_unreachable') THEN
    PERFORM record_event_failure(v.event_seq, p_failure_mode, p_detail)
       FROM (SELECT a.item_id, a.version FROM publish_attempt a
              WHERE a.item_id = r.item_id AND a.replay_id = p_replay_id AND a.event_seq = p_seq
              ORDER BY a.id DESC LIMIT 1) told
       JOIN catalog_item_version v ON v.item_id = told.item_id AND v.version = told.version
      WHERE v.publication <> 'accepted';
  ELSE
    PERFORM record_event_failure(p_seq, p_failure_mode, p_detail)
       FROM supplier_event e WHERE e.seq = p_seq AND e.decision IS NULL;
  END IF;
  IF r.is_last THEN
    PERFORM settle_replay_items(p_replay_id, r.item_id);
  END IF;
  PERFORM finish_replay_event(p_replay_id, p_seq,
    CASE WHEN p_failure_mode IN ('malformed_sku', 'clock_drift') THEN 'rejected' ELSE 'failed' END, p_failure_mode);
END $$;
