-- What several suppliers of an item come to: a tenant's stock rule over what each of them says now, by location.

-- Every stock rule that a tenant ever had, so that each version can be explained by the one that it was made by; 0 is the
-- one that all have unless told otherwise.
CREATE TABLE "stock_rule" (
    "id" SERIAL NOT NULL,
    "tenant_id" TEXT,
    "rule" TEXT NOT NULL,
    "supplier_order" TEXT[] NOT NULL DEFAULT '{}',
    "supplier_reserves" JSONB NOT NULL DEFAULT '{}',
    "reserve" INTEGER NOT NULL DEFAULT 0,
    "max_shown" INTEGER,
    "created_at_us" BIGINT NOT NULL DEFAULT now_us(),

    CONSTRAINT "stock_rule_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "stock_rule_known" CHECK (rule IN ('newest', 'priority', 'lowest', 'sum')),
    CONSTRAINT "stock_rule_not_negative" CHECK (reserve >= 0 AND max_shown >= 0)
);
CREATE INDEX "stock_rule_tenant_id_idx" ON "stock_rule"("tenant_id");
INSERT INTO "stock_rule" (id, rule, created_at_us) VALUES (0, 'newest', 0);

-- stock_rule_before: while a change of the rule is carried out, the one that items go by whose turn has not come.
ALTER TABLE "tenant" ADD COLUMN "stock_rule_id" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "stock_rule_before" INTEGER;
ALTER TABLE "tenant" ADD CONSTRAINT "tenant_stock_rule_id_fkey" FOREIGN KEY ("stock_rule_id")
    REFERENCES "stock_rule"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "supplier" ADD COLUMN "figure_expires_us" BIGINT CHECK (figure_expires_us > 0),
    ADD COLUMN "expired_until_us" BIGINT NOT NULL DEFAULT 0;
-- The change that a replay carries out.
ALTER TABLE "replay" ADD COLUMN "stock_rule_id" INTEGER;

-- stock_rule_id: decided among the events of its supplier and location, under that rule; null: among all of the item.
ALTER TABLE "supplier_event" ADD COLUMN "expired_by_seq" BIGINT,
    ADD COLUMN "stock_rule_id" INTEGER;
ALTER TABLE "supplier_event"
    DROP CONSTRAINT supplier_event_kind_known,
    DROP CONSTRAINT supplier_event_manual_fix_explained,
    DROP CONSTRAINT supplier_event_void_has_target,
    DROP CONSTRAINT supplier_event_rule_known,
    DROP CONSTRAINT supplier_event_winner_has_version,
    ADD CONSTRAINT supplier_event_kind_known CHECK (kind IN ('update', 'correction', 'void', 'expiry')),
    ADD CONSTRAINT supplier_event_manual_fix_explained CHECK (
      (kind IN ('update', 'expiry')) = (reason IS NULL) AND (kind IN ('update', 'expiry')) = (actor IS NULL)),
    ADD CONSTRAINT supplier_event_void_has_target CHECK (
      (kind IN ('void', 'expiry')) = (target_seq IS NOT NULL)
      AND CASE kind WHEN 'void' THEN coalesce(decision = 'applied', false)
                    WHEN 'expiry' THEN coalesce(decision = 'applied', true)
                    ELSE decision IS DISTINCT FROM 'applied' END),
    ADD CONSTRAINT supplier_event_rule_known CHECK (rule IN (
      'first', 'newer', 'lower_quantity', 'greater_supplier', 'greater_event_id',
      'older', 'higher_quantity', 'lesser_supplier', 'lesser_event_id',
      'malformed_sku', 'clock_drift', 'void', 'voided', 'expiry', 'expiry_too_late')),
    -- A void and an expiry name the version that they caused, if any.
    ADD CONSTRAINT supplier_event_winner_has_version
      CHECK (kind IN ('void', 'expiry') OR (decision = 'won') = (version IS NOT NULL));
CREATE INDEX supplier_event_standing
  ON supplier_event (item_id, supplier_id, location, updated_at_us DESC, quantity, event_id DESC)
  WHERE decision IN ('won', 'superseded') AND voided_by_seq IS NULL;
CREATE INDEX supplier_event_shared_version ON supplier_event (item_id, version)
  WHERE stock_rule_id IS NOT NULL AND version IS NOT NULL;
CREATE INDEX supplier_event_weighed ON supplier_event (item_id)
  WHERE (location <> '' OR expired_by_seq IS NOT NULL) AND decision IN ('won', 'superseded') AND voided_by_seq IS NULL;

-- What a version was made of; null for a plain item's.
ALTER TABLE "catalog_item_version" ADD COLUMN "stock_rule_id" INTEGER,
    ADD COLUMN "stock" BIGINT,
    ADD COLUMN "shares" JSONB;
ALTER TABLE "catalog_item_version" DROP CONSTRAINT catalog_item_version_rule_known,
    ADD CONSTRAINT catalog_item_version_rule_known
      CHECK (rule IN ('first', 'newer', 'lower_quantity', 'repaired', 'shares', 'expiry'));

-- It is asked by which rule.
DROP FUNCTION item_is_right(text);


-- The events that take part in an item's contest, the greatest first. The order is that of contest_rule; the index
-- supplier_event_contest is made for it.
CREATE OR REPLACE FUNCTION contending_events(p_item_id text)
 RETURNS SETOF supplier_event
 LANGUAGE sql
 STABLE
AS $$
  SELECT e.* FROM supplier_event e
   WHERE e.item_id = p_item_id AND e.decision IN ('won', 'superseded') AND e.voided_by_seq IS NULL
   ORDER BY e.updated_at_us DESC, e.quantity, e.supplier_id DESC, e.event_id DESC
$$;

-- Of each supplier and location the greatest event that takes part in an item's contest: what they say of the item now.
-- Reads one row of the index supplier_event_standing for each, however many events there are.
CREATE OR REPLACE FUNCTION standing_events(p_item_id text)
 RETURNS SETOF supplier_event
 LANGUAGE sql
 STABLE
AS $$
  WITH RECURSIVE standing AS (
    (SELECT e AS event FROM supplier_event e
      WHERE e.item_id = p_item_id AND e.decision IN ('won', 'superseded') AND e.voided_by_seq IS NULL
      ORDER BY e.supplier_id, e.location, e.updated_at_us DESC, e.quantity, e.event_id DESC
      LIMIT 1)
    UNION ALL
    SELECT n.event
      FROM standing s
     CROSS JOIN LATERAL (
       SELECT e AS event FROM supplier_event e
        WHERE e.item_id = p_item_id AND e.decision IN ('won', 'superseded') AND e.voided_by_seq IS NULL
          AND (e.supplier_id, e.location) > ((s.event).supplier_id, (s.event).location)
        ORDER BY e.supplier_id, e.location, e.updated_at_us DESC, e.quantity, e.event_id DESC
        LIMIT 1) n
  )
  SELECT (s.event).* FROM standing s
$$;

-- An item's standing events as weigh_stock takes them; with p_with as if that event stood in its place already.
CREATE OR REPLACE FUNCTION standing_of_item(p_item_id text, p_with bigint DEFAULT NULL::bigint)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
           'seq', s.seq, 'supplier', s.supplier_id, 'location', s.location, 'eventId', s.event_id,
           'quantity', s.quantity, 'updatedAtUs', s.updated_at_us, 'expired', s.expired_by_seq IS NOT NULL)), '[]')
    FROM (SELECT x.* FROM standing_events(p_item_id) x
           WHERE NOT EXISTS (SELECT 1 FROM supplier_event w
                              WHERE w.seq = p_with AND w.supplier_id = x.supplier_id AND w.location = x.location)
           UNION ALL
          SELECT w.* FROM supplier_event w WHERE w.seq = p_with) s
$$;

-- What standing events come to by a stock rule: src/domain/stock.ts says the same, and tests hold the two against each
-- other. p_standing: [{"seq","supplier","location","eventId","quantity","updatedAtUs","expired"}], one of a supplier and
-- location at most. No row without any.
-- stock: pieces before what is kept back of the item. lead_seq: the greatest event that counts; where none does, the
-- greatest. shares: p_standing, the greatest first, each with "counts" and "why", and "behind" whom it stands.
CREATE OR REPLACE FUNCTION weigh_stock(p_rule_id integer, p_standing jsonb)
 RETURNS TABLE(stock bigint, quantity integer, lead_seq bigint, shares jsonb)
 LANGUAGE sql
 STABLE
AS $$
  WITH rule AS (
    SELECT r.* FROM stock_rule r WHERE r.id = p_rule_id
  ), standing AS (
    SELECT s.*, greatest(0, s.quantity) AS pieces,
           row_number() OVER (ORDER BY s."updatedAtUs" DESC, s.quantity, s.supplier COLLATE "C" DESC,
                                       s."eventId" COLLATE "C" DESC) AS place
      FROM jsonb_to_recordset(p_standing)
             AS s (seq bigint, supplier text, location text, "eventId" text, quantity integer, "updatedAtUs" bigint,
                   expired boolean)
  ), greatest_one AS (
    SELECT s.*, s.supplier = 'manual' AS corrects FROM standing s WHERE s.place = 1
  ), figure AS (
    SELECT s.supplier, min(s.place) AS place,
           greatest(0, sum(s.pieces) - coalesce((r.supplier_reserves ->> s.supplier)::bigint, 0)) AS pieces
      FROM standing s CROSS JOIN rule r
     WHERE NOT s.expired AND s.supplier <> 'manual'
     GROUP BY s.supplier, r.supplier_reserves
  ), first_figure AS (
    SELECT f.* FROM figure f CROSS JOIN rule r
     ORDER BY CASE WHEN r.rule = 'priority' AND f.pieces = 0 THEN 1 ELSE 0 END,
              CASE r.rule WHEN 'priority' THEN coalesce(array_position(r.supplier_order, f.supplier), 1000000)
                          WHEN 'lowest' THEN f.pieces END,
              CASE WHEN r.rule = 'priority' THEN f.supplier COLLATE "C" END,
              f.place
     LIMIT 1
  ), chosen AS (
    SELECT f.supplier, f.pieces FROM figure f CROSS JOIN rule r CROSS JOIN first_figure x
     WHERE r.rule = 'sum' OR f.supplier = x.supplier
  ), told AS (
    SELECT s.*,
           CASE WHEN g.corrects THEN CASE WHEN s.place = 1 THEN 'corrects' ELSE 'corrected' END
                WHEN s.supplier = 'manual' THEN 'correction_is_over'
                WHEN s.expired THEN 'expired'
                WHEN EXISTS (SELECT 1 FROM chosen c WHERE c.supplier = s.supplier) THEN 'counts'
                ELSE 'behind' END AS why
      FROM standing s CROSS JOIN greatest_one g
  ), total AS (
    SELECT CASE WHEN g.corrects THEN g.pieces ELSE coalesce((SELECT sum(c.pieces) FROM chosen c), 0) END AS stock,
           g.corrects
      FROM greatest_one g
  )
  SELECT t.stock::bigint,
         CASE WHEN t.corrects THEN t.stock
              ELSE greatest(0, least(t.stock - r.reserve, coalesce(r.max_shown, 2147483647))) END::integer,
         (SELECT s.seq FROM told s ORDER BY s.why IN ('counts', 'corrects') DESC, s.place LIMIT 1),
         (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                   'seq', s.seq, 'supplier', s.supplier, 'location', s.location, 'eventId', s."eventId",
                   'quantity', s.quantity, 'updatedAtUs', s."updatedAtUs", 'expired', s.expired,
                   'counts', s.why IN ('counts', 'corrects'), 'why', s.why,
                   'behind', CASE WHEN s.why = 'behind' THEN (SELECT x.supplier FROM first_figure x) END))
                   ORDER BY s.place)
            FROM told s)
    FROM total t CROSS JOIN rule r
$$;

-- Whether an item's figure is that of its greatest event, by the rule that tenants have unless told otherwise: no event of
-- it names a location, none has expired. Then there are no shares to be weighed.
CREATE OR REPLACE FUNCTION is_plain(p_item_id text, p_rule_id integer)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $$
  SELECT p_rule_id = 0 AND NOT EXISTS (
    SELECT 1 FROM supplier_event e
     WHERE e.item_id = p_item_id AND (e.location <> '' OR e.expired_by_seq IS NOT NULL)
       AND e.decision IN ('won', 'superseded') AND e.voided_by_seq IS NULL)
$$;

-- Whose figure a plain item has: its greatest event. No row for an item whose shares are weighed, or without events.
-- It stands in for two of its callers' looks, which would cost as much again: see is_plain.
CREATE OR REPLACE FUNCTION plain_event(p_item_id text, p_rule_id integer)
 RETURNS SETOF supplier_event
 LANGUAGE sql
 STABLE
AS $$
  SELECT e.* FROM supplier_event e
   WHERE p_rule_id = 0 AND NOT EXISTS (
           SELECT 1 FROM supplier_event x
            WHERE x.item_id = p_item_id AND (x.location <> '' OR x.expired_by_seq IS NOT NULL)
              AND x.decision IN ('won', 'superseded') AND x.voided_by_seq IS NULL)
     AND e.item_id = p_item_id AND e.decision IN ('won', 'superseded') AND e.voided_by_seq IS NULL
   ORDER BY e.updated_at_us DESC, e.quantity, e.supplier_id DESC, e.event_id DESC
   LIMIT 1
$$;

-- What an item's ledger comes to by a stock rule: no row where no event stands for it. stock and shares are null for a
-- plain item.
CREATE OR REPLACE FUNCTION item_stock(p_item_id text, p_rule_id integer)
 RETURNS TABLE(stock bigint, quantity integer, lead_seq bigint, shares jsonb)
 LANGUAGE sql
 STABLE
AS $$
  SELECT NULL::bigint, greatest(0, e.quantity), e.seq, NULL::jsonb FROM plain_event(p_item_id, p_rule_id) e
  UNION ALL
  SELECT w.stock, w.quantity, w.lead_seq, w.shares
    FROM (SELECT 1 WHERE NOT is_plain(p_item_id, p_rule_id)) weighed
   CROSS JOIN LATERAL weigh_stock(p_rule_id, standing_of_item(p_item_id)) w
$$;

-- Whether an item's row and its newest version are what the ledger says by a stock rule; null where no event stands for it.
CREATE OR REPLACE FUNCTION item_is_right(p_item_id text, p_rule_id integer)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $$
  SELECT (i.winner_seq, i.quantity, i.updated_at_us, i.supplier_id, i.event_id, v.version, v.quantity, v.updated_at_us)
         IS NOT DISTINCT FROM
         (w.seq, s.quantity, w.updated_at_us, w.supplier_id, w.event_id, i.version, s.quantity, w.updated_at_us)
    FROM item_stock(p_item_id, p_rule_id) s
    JOIN supplier_event w ON w.seq = s.lead_seq
    LEFT JOIN catalog_item i ON i.item_id = p_item_id
    LEFT JOIN LATERAL (SELECT * FROM catalog_item_version x WHERE x.item_id = p_item_id
                        ORDER BY x.version DESC LIMIT 1) v ON true
$$;

-- The stock rule that an item goes by: its tenant's. While a change of it is being carried out, that is the one before for
-- an item whose turn has not come.
CREATE OR REPLACE FUNCTION item_rule(p_item_id text)
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE WHEN t.stock_rule_before IS NOT NULL AND item_is_right(p_item_id, t.stock_rule_id) IS FALSE
              THEN t.stock_rule_before ELSE t.stock_rule_id END
    FROM tenant t WHERE t.id = split_part(p_item_id, ':', 1)
$$;

-- The same as true_winner, for whoever has found that an item is not plain: see weighed_event_counts for why by itself.
CREATE OR REPLACE FUNCTION weighed_winner(p_item_id text)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
AS $$
DECLARE
  -- By itself: item_stock would ask for it several times.
  v_rule_id CONSTANT integer := item_rule(p_item_id);
BEGIN
  RETURN (SELECT s.lead_seq FROM item_stock(p_item_id, v_rule_id) s);
END $$;

-- The event that an item's row names by the ledger, whatever the row says: the greatest that counts. Null without one.
CREATE OR REPLACE FUNCTION true_winner(p_item_id text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $$
  SELECT coalesce((SELECT e.seq FROM plain_event(p_item_id, t.stock_rule_id) e WHERE t.stock_rule_before IS NULL),
                  weighed_winner(p_item_id))
    FROM tenant t WHERE t.id = split_part(p_item_id, ':', 1)
$$;

-- The same as event_counts, for whoever has found that an item is not plain. In a language that begins no work before it is
-- called: a plan with all of this in it would cost each call of event_counts several times what it takes to look.
CREATE OR REPLACE FUNCTION weighed_event_counts(p_item_id text, p_seq bigint)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
AS $$
DECLARE
  v_rule_id integer;
BEGIN
  -- Of an item's many events few stand, and only those are worth weighing.
  IF NOT EXISTS (SELECT 1 FROM standing_events(p_item_id) e WHERE e.seq = p_seq) THEN
    RETURN false;
  END IF;
  -- By itself: item_stock would ask for it several times.
  v_rule_id := item_rule(p_item_id);
  RETURN (SELECT CASE WHEN s.shares IS NULL THEN s.lead_seq = p_seq
                      ELSE EXISTS (SELECT 1 FROM jsonb_to_recordset(s.shares) AS x (seq bigint, counts boolean)
                                    WHERE x.seq = p_seq AND x.counts) END
            FROM item_stock(p_item_id, v_rule_id) s);
END $$;

-- Whether what an item shows is, in part at least, what an event says.
CREATE OR REPLACE FUNCTION event_counts(p_item_id text, p_seq bigint)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $$
  SELECT coalesce((SELECT e.seq = p_seq FROM plain_event(p_item_id, t.stock_rule_id) e WHERE t.stock_rule_before IS NULL),
                  weighed_event_counts(p_item_id, p_seq))
    FROM tenant t WHERE t.id = split_part(p_item_id, ':', 1)
$$;

-- What an event is now, in the one word that every list, count, filter and trace says; p_flows: whether the flags let its
-- supplier's events through. The decision is kept as it fell; this follows from it and from what came after. An
-- undecided event that closed flags held is held as long as they are closed: the mark stays until it goes on, so with
-- open flags it is pending, released already or about to be.
CREATE OR REPLACE FUNCTION outcome_with_flags(e supplier_event, p_flows boolean)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE
    WHEN e.decision IN ('rejected', 'applied') THEN e.decision
    WHEN e.voided_by_seq IS NOT NULL THEN 'voided'
    WHEN e.decision IS NOT NULL THEN CASE WHEN event_counts(e.item_id, e.seq) THEN 'won' ELSE 'superseded' END
    WHEN e.held_at_us IS NOT NULL THEN CASE WHEN p_flows THEN 'pending' ELSE 'held' END
    WHEN e.start_due_us IS NULL THEN 'failed'
    ELSE 'pending' END
$$;

-- Whether an event's item is settled, so that no rule of its supplier is asked any more: it was decided, or voided,
-- or is the end of a figure that was.
CREATE OR REPLACE FUNCTION is_judged(e supplier_event)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT e.item_id IS NOT NULL AND (e.decision IN ('won', 'superseded', 'applied') OR e.voided_by_seq IS NOT NULL
                                   OR e.kind = 'expiry')
$$;

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
    UPDATE catalog_item_version v SET publication = 'overtaken', publication_at_us = v_now
     WHERE v.item_id = p_item_id AND v.publication IN ('due', 'withheld');
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

-- Gives an item what its ledger comes to by its tenant's stock rule, in a new version above every one that there ever was
-- and above p_above. Call it with the item's lock. Outside a replay the workflow of the event that leads it is started
-- again, to publish that. Answers the version.
CREATE OR REPLACE FUNCTION renew_catalog_item(p_item_id text, p_sku text, p_above integer, p_replay_id text)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_rule_id integer;
  v_version integer;
  s record;
BEGIN
  SELECT t.stock_rule_id INTO STRICT v_rule_id FROM tenant t WHERE t.id = split_part(p_item_id, ':', 1);
  SELECT * INTO STRICT s FROM item_stock(p_item_id, v_rule_id);
  v_version := write_item(p_item_id, p_sku, v_rule_id, s.stock, s.quantity, s.lead_seq, s.shares, s.lead_seq, 'repaired',
                          p_above, true, p_replay_id);
  IF p_replay_id IS NULL THEN
    -- It was started before, so whoever starts it again first asks Temporal how it stands.
    UPDATE supplier_event x
       SET start_due_us = now_us(), start_count = greatest(x.start_count, 1), held_at_us = NULL,
           failure_mode = NULL, failure_detail = NULL
     WHERE x.seq = s.lead_seq;
    PERFORM pg_notify('supplier_event', '');
  END IF;
  RETURN v_version;
END $$;

-- Makes an item's row what its ledger says by its tenant's stock rule, if it is not: a new version above every one that
-- there ever was. Call it with the item's lock. Answers whether the row had to be repaired.
CREATE OR REPLACE FUNCTION repair_catalog_item(p_item_id text, p_sku text, p_replay_id text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
BEGIN
  IF (SELECT item_is_right(p_item_id, t.stock_rule_id) FROM tenant t WHERE t.id = split_part(p_item_id, ':', 1))
     IS NOT FALSE THEN
    RETURN false;
  END IF;
  PERFORM renew_catalog_item(p_item_id, p_sku, 0, p_replay_id);
  RETURN true;
END $$;

-- What an expiry does when its turn comes: the figure that it is about counts no longer. One that stands no longer by then
-- is marked all the same, for a void may let it stand again. Call it with the item's lock. Answers the version that it
-- made; null where the shop sees no difference.
CREATE OR REPLACE FUNCTION apply_expiry(p_seq bigint, p_item_id text, p_sku text, p_rule_id integer, p_replay_id text)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_stands boolean;
  v_target bigint;
  v_version integer;
  s record;
BEGIN
  SELECT x.seq, EXISTS (SELECT 1 FROM standing_events(p_item_id) n WHERE n.seq = x.seq) INTO v_target, v_stands
    FROM supplier_event e JOIN supplier_event x ON x.seq = e.target_seq
   WHERE e.seq = p_seq AND x.expired_by_seq IS NULL;
  UPDATE supplier_event x SET expired_by_seq = p_seq WHERE x.seq = v_target;
  IF v_stands THEN
    SELECT x.* INTO STRICT s FROM item_stock(p_item_id, p_rule_id) x;
    v_version := write_item(p_item_id, p_sku, p_rule_id, s.stock, s.quantity, s.lead_seq, s.shares, p_seq, 'expiry', 0,
                            false, p_replay_id);
  END IF;
  UPDATE supplier_event x
     SET decision = 'applied', rule = CASE WHEN v_stands THEN 'expiry' ELSE 'expiry_too_late' END,
         decision_no = nextval('decision_no_seq'), decided_at_us = now_us(), item_id = p_item_id, version = v_version,
         held_at_us = NULL, failure_mode = NULL, failure_detail = NULL,
         start_due_us = CASE WHEN v_version IS NOT NULL THEN x.start_due_us END
   WHERE x.seq = p_seq;
  RETURN v_version;
END $$;

-- Has expire_figures look again at a supplier's events from a moment on: one of that moment may have come to stand, which
-- it has passed by. It also waits for a look that is under way, whose snapshot may be older than that.
CREATE OR REPLACE FUNCTION look_again_for_expiry(p_tenant text, p_supplier text, p_updated_at_us bigint)
 RETURNS void
 LANGUAGE sql
AS $$
  UPDATE supplier s SET expired_until_us = least(s.expired_until_us, p_updated_at_us - 1)
   WHERE s.tenant_id = p_tenant AND s.id = p_supplier AND s.figure_expires_us IS NOT NULL
$$;

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
      UPDATE catalog_item_version v SET publication = 'overtaken', publication_at_us = v_now
       WHERE v.item_id = p_item_id AND v.publication IN ('due', 'withheld');
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

-- An event's way through a replay: first its item is held against the whole ledger, then the event is decided if it
-- is not yet (or was rejected and is acceptable now). The item's last event in the replay says publish, with the
-- item's version as it is then. Run again, it changes nothing; of an event that is done it says nothing more to do.
CREATE OR REPLACE FUNCTION resync_catalog_item(p_seq bigint, p_item_id text, p_sku text, p_replay_id text,
                                               p_rule_id integer DEFAULT NULL::integer)
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
  v_won boolean := false;
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
  -- By another stock rule an item shows something else, whoever is held back.
  v_flows := event_flows(e.tenant_id, e.supplier_id) OR (SELECT x.stock_rule_id IS NOT NULL FROM replay x WHERE x.id = p_replay_id);
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
      SELECT s.outcome INTO v_decision FROM save_catalog_item(p_seq, p_item_id, p_sku, p_replay_id, p_rule_id) s;
      SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq;
    END IF;
    -- An expiry that was in time changes what the item comes to, as a winner does.
    v_won := coalesce(v_decision = 'won' OR v_decision = 'applied' AND e.rule = 'expiry', false);
    UPDATE replay_item x
       SET repaired = x.repaired OR v_repaired, won = x.won OR v_won,
           superseded = x.superseded OR v_decision IS NOT DISTINCT FROM 'superseded'
     WHERE x.replay_id = p_replay_id AND x.item_id = p_item_id
       AND (v_repaired OR v_won OR v_decision = 'superseded')
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
    WHEN w.digest <> event_digest(w.sku, w.quantity, w.updated_at_us, w.location) THEN 'winner_digest'
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
    WHEN e.digest <> event_digest(e.sku, e.quantity, e.updated_at_us, e.location) THEN 'digest'
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

-- Takes an event out of the contest for its item. p_void_seq is the void's own row in the ledger, fresh and undecided.
-- What the others come to takes the item over, where that is something else in a version above all there were, and the
-- workflow of the event that leads it is started again to publish that.
-- verdict: voided; or, with nothing written: voided_before, not_contesting (a void, or rejected), last (no other event
-- of the item is decided: nothing would be left to show).
CREATE OR REPLACE FUNCTION apply_void(p_void_seq bigint, p_target_seq bigint, p_item_id text, p_reason text,
                                      p_actor text)
 RETURNS TABLE(verdict text, version integer, winner_seq bigint)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint;
  v_tenant text;
  v_rule_id integer;
  v_weighs boolean;
  v_version integer;
  e supplier_event%ROWTYPE;
  t supplier_event%ROWTYPE;
  i catalog_item%ROWTYPE;
  n record;
BEGIN
  SELECT x.tenant_id INTO STRICT v_tenant FROM supplier_event x WHERE x.seq = p_target_seq;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(v_tenant));
  PERFORM pg_advisory_xact_lock(item_lock(p_item_id));
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_target_seq FOR NO KEY UPDATE;
  v_now := now_us();

  IF e.voided_by_seq IS NOT NULL THEN
    RETURN QUERY SELECT 'voided_before', NULL::integer, NULL::bigint;
    RETURN;
  ELSIF e.kind IN ('void', 'expiry') OR e.decision = 'rejected' THEN
    RETURN QUERY SELECT 'not_contesting', NULL::integer, NULL::bigint;
    RETURN;
  ELSIF e.decision IN ('won', 'superseded') AND NOT EXISTS (
    SELECT 1 FROM contending_events(p_item_id) x WHERE x.seq <> e.seq)
  THEN
    RETURN QUERY SELECT 'last', NULL::integer, NULL::bigint;
    RETURN;
  END IF;

  -- Asked before the event is out: it may be the last that makes the item one of shares.
  SELECT x.stock_rule_id,
         EXISTS (SELECT 1 FROM standing_events(p_item_id) s WHERE s.seq = p_target_seq)
         AND (x.stock_rule_before IS NOT NULL OR NOT is_plain(p_item_id, x.stock_rule_id))
    INTO STRICT v_rule_id, v_weighs
    FROM tenant x WHERE x.id = v_tenant;

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
  IF i.winner_seq = p_target_seq OR i.item_id IS NOT NULL AND v_weighs THEN
    SELECT s.* INTO STRICT n FROM item_stock(p_item_id, v_rule_id) s;
    SELECT * INTO STRICT t FROM supplier_event x WHERE x.seq = n.lead_seq;
    IF (n.quantity, t.updated_at_us) IS DISTINCT FROM (i.quantity, i.updated_at_us) THEN
      v_version := renew_catalog_item(p_item_id, i.sku, 0, NULL);
    ELSE
      UPDATE catalog_item x SET supplier_id = t.supplier_id, event_id = t.event_id, winner_seq = t.seq
       WHERE x.item_id = p_item_id;
    END IF;
  END IF;

  -- What stands in its place now may be old.
  PERFORM look_again_for_expiry(x.tenant_id, x.supplier_id, x.updated_at_us) FROM standing_events(p_item_id) x
    WHERE x.supplier_id = e.supplier_id AND x.location = e.location;

  UPDATE supplier_event x
     SET kind = 'void', target_seq = p_target_seq, reason = p_reason, actor = p_actor, item_id = p_item_id,
         decision = 'applied', rule = 'void', decision_no = nextval('decision_no_seq'), decided_at_us = v_now,
         version = v_version
   WHERE x.seq = p_void_seq;
  RETURN QUERY SELECT 'voided', v_version, x.winner_seq FROM (SELECT 1) once
    LEFT JOIN catalog_item x ON x.item_id = p_item_id;
END $$;

-- Which of some events may leave the ledger: suppliers' own, received before a moment, decided, and needed by nothing
-- that stays. What stays of an item, however old:
-- its winner and whom that beat, the runner-up, and each supplier's greatest event of a location (two of them where shares
-- are weighed), so that a void or another rule finds a successor; what a person did, voided, or has to explain; what makes its newest version and the last that the
-- storefront took; what made a version that another event took over, or told the storefront of another's version; and
-- what a replay has written down, or may.
CREATE OR REPLACE FUNCTION prunable_events(p_seqs bigint[], p_before_us bigint)
 RETURNS SETOF bigint
 LANGUAGE sql
 STABLE
AS $$
  WITH old AS MATERIALIZED (
    SELECT e.seq, e.item_id, e.supplier_id, e.location, e.decision
      FROM supplier_event e
     WHERE e.seq = ANY (p_seqs) AND e.received_at_us < p_before_us
       AND e.kind = 'update' AND e.decision IN ('won', 'superseded', 'rejected') AND e.voided_by_seq IS NULL
       AND e.start_due_us IS NULL AND e.held_at_us IS NULL
       AND NOT EXISTS (
         SELECT 1 FROM replay x
          WHERE x.tenant_id = e.tenant_id AND x.state = 'running'
            AND CASE x.by WHEN 'received_at' THEN e.received_at_us ELSE e.updated_at_us END >= x.since_us
            AND CASE x.by WHEN 'received_at' THEN e.received_at_us ELSE e.updated_at_us END < x.until_us)
  ), contest AS MATERIALIZED (
    -- Asked once for a supplier's events of an item, which its row carries along: no join has to find them again.
    SELECT x.seqs,
           array_remove(ARRAY(
             SELECT i.winner_seq
             UNION ALL
             SELECT coalesce(w.lost_to_seq, w.beat_seq) FROM supplier_event w WHERE w.seq = i.winner_seq
             UNION ALL
             SELECT two.seq FROM (SELECT s.seq FROM contending_events(x.item_id) s LIMIT 2) two
             UNION ALL
             SELECT coalesce(one.lost_to_seq, one.beat_seq)
               FROM (SELECT s.lost_to_seq, s.beat_seq FROM contending_events(x.item_id) s LIMIT 1) one
             UNION ALL
             SELECT own.seq
               FROM (SELECT s.seq FROM supplier_event s
                      WHERE s.item_id = x.item_id AND s.supplier_id = x.supplier_id AND s.location = x.location
                        AND s.decision IN ('won', 'superseded') AND s.voided_by_seq IS NULL
                      ORDER BY s.updated_at_us DESC, s.quantity, s.event_id DESC
                      LIMIT CASE WHEN is_plain(x.item_id, x.stock_rule_id) THEN 1 ELSE 2 END) own),
             NULL) AS kept,
           ARRAY[i.version,
                 (SELECT max(v.version) FROM catalog_item_version v WHERE v.item_id = x.item_id),
                 (SELECT v.version FROM catalog_item_version v
                   WHERE v.item_id = x.item_id AND v.publication = 'accepted'
                   ORDER BY v.version DESC LIMIT 1)] AS versions
      FROM (SELECT o.item_id, o.supplier_id, o.location, min(t.stock_rule_id) AS stock_rule_id, array_agg(o.seq) AS seqs
              FROM old o JOIN tenant t ON t.id = split_part(o.item_id, ':', 1)
             WHERE o.decision <> 'rejected' GROUP BY o.item_id, o.supplier_id, o.location) x
      LEFT JOIN LATERAL (SELECT c.winner_seq, c.version FROM catalog_item c WHERE c.item_id = x.item_id LIMIT 1) i ON true
  ), candidate AS MATERIALIZED (
    SELECT s.seq, c.versions FROM contest c CROSS JOIN LATERAL unnest(c.seqs) AS s (seq) WHERE s.seq <> ALL (c.kept)
    UNION ALL
    SELECT o.seq, NULL FROM old o WHERE o.decision = 'rejected'
  )
  SELECT o.seq
    FROM candidate o
   WHERE NOT EXISTS (SELECT 1 FROM supplier_event x WHERE x.target_seq = o.seq)
     AND NOT EXISTS (SELECT 1 FROM trace_review x WHERE x.event_seq = o.seq)
     AND NOT EXISTS (SELECT 1 FROM replay_event x WHERE x.seq = o.seq)
     -- Counts, and no joins: for each event an index is asked, whatever the planner thinks of how many there are.
     AND 0 = (
       SELECT count(*) FROM publish_attempt a
         JOIN catalog_item_version v ON v.item_id = a.item_id AND v.version = a.version
        WHERE a.event_seq = o.seq AND (a.status = 'sending' OR v.event_seq <> o.seq))
     AND 0 = (
       SELECT count(*) FROM catalog_item_version v
        WHERE v.event_seq = o.seq
          AND (v.version = ANY (o.versions) OR v.publication IN ('due', 'withheld')
               OR EXISTS (SELECT 1 FROM publish_attempt a
                           WHERE a.item_id = v.item_id AND a.version = v.version AND a.status = 'sending')
               -- An event takes a version over that says what it says; one that was voided since still names it.
               OR EXISTS (SELECT 1 FROM supplier_event x
                           WHERE x.item_id = v.item_id AND x.decision IN ('won', 'superseded') AND x.voided_by_seq IS NULL
                             AND x.updated_at_us = v.updated_at_us AND greatest(0, x.quantity) = v.quantity
                             AND x.version = v.version AND x.seq <> o.seq)
               -- Where shares are weighed, so does one that makes no difference.
               OR EXISTS (SELECT 1 FROM supplier_event x
                           WHERE x.item_id = v.item_id AND x.version = v.version AND x.stock_rule_id IS NOT NULL
                             AND x.seq <> o.seq)
               OR EXISTS (SELECT 1 FROM supplier_event d JOIN supplier_event x ON x.seq = d.target_seq
                           WHERE d.item_id = v.item_id AND d.kind = 'void'
                             AND x.version = v.version AND x.seq <> o.seq)))
$$;

-- A decision stays as it fell, with the rule and the rival it fell by, and so do who made a manual fix, and why. Only a
-- rejected event is decided anew, by a replay. The owner is let through: who owns the table could drop this, and has to
-- be able to mend what a hand has altered.
CREATE OR REPLACE FUNCTION keep_decision()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
  IF (OLD.decision, OLD.rule, OLD.decision_no, OLD.decided_at_us, OLD.item_id, OLD.version, OLD.lost_to_seq, OLD.beat_seq,
      OLD.judged_by, OLD.kind, OLD.reason, OLD.actor, OLD.target_seq, coalesce(OLD.voided_by_seq, NEW.voided_by_seq),
      coalesce(OLD.expired_by_seq, NEW.expired_by_seq), OLD.stock_rule_id)
     IS NOT DISTINCT FROM
     (NEW.decision, NEW.rule, NEW.decision_no, NEW.decided_at_us, NEW.item_id, NEW.version, NEW.lost_to_seq, NEW.beat_seq,
      NEW.judged_by, NEW.kind, NEW.reason, NEW.actor, NEW.target_seq, NEW.voided_by_seq,
      NEW.expired_by_seq, NEW.stock_rule_id)
     OR pg_has_role(current_user, 'catalog_sync_owner', 'USAGE')
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'event % is decided, and its decision stays', OLD.seq USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE TRIGGER supplier_event_decided
  BEFORE UPDATE OF decision, rule, decision_no, decided_at_us, item_id, version, lost_to_seq, beat_seq, judged_by, kind, reason, actor, target_seq, voided_by_seq, expired_by_seq, stock_rule_id ON supplier_event
  FOR EACH ROW WHEN ((OLD.decision <> 'rejected'::text)) EXECUTE FUNCTION keep_decision();

-- Writes an event of its own into the ledger for each figure that is older than its supplier's figures may be: whoever
-- starts workflows starts one for it, in which it takes effect. It looks at a supplier's events once: from where it has
-- come (expired_until_us) to what is old enough now; what comes to stand later, though it is older, moves that back.
-- For ten minutes after an opening it waits until what was held is decided.
-- p_limit: how many events it looks at, roughly. looked: how many it did; where that is not below p_limit, there may be more.
CREATE OR REPLACE FUNCTION expire_figures(p_limit integer)
 RETURNS TABLE(looked integer, expired integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_now bigint := now_us();
  v_until bigint;
  v_last bigint;
  v_sku text;
  v_id text;
  r record;
  e supplier_event%ROWTYPE;
BEGIN
  looked := 0;
  expired := 0;
  FOR r IN SELECT s.* FROM supplier s JOIN tenant t ON t.id = s.tenant_id
            WHERE s.figure_expires_us IS NOT NULL AND s.state = 'open' AND t.state <> 'closed'
              AND s.expired_until_us < v_now - s.figure_expires_us
              -- What was held may be newer than all that it would look at: else a shop that opens would be told 0 first.
              AND NOT (coalesce(greatest(t.opened_at_us, s.opened_at_us), 0) > v_now - 600000000
                       AND EXISTS (SELECT 1 FROM supplier_event u
                                    WHERE u.tenant_id = s.tenant_id AND u.supplier_id = s.id AND u.decision IS NULL
                                      AND u.kind <> 'expiry'))
            ORDER BY s.expired_until_us
              FOR NO KEY UPDATE OF s SKIP LOCKED
  LOOP
    EXIT WHEN looked >= p_limit;
    v_until := v_now - r.figure_expires_us;
    v_last := NULL;
    FOR e IN SELECT x.* FROM supplier_event x
              WHERE x.tenant_id = r.tenant_id AND x.supplier_id = r.id
                AND x.updated_at_us > r.expired_until_us AND x.updated_at_us <= v_until
              ORDER BY x.updated_at_us
              FETCH FIRST (p_limit - looked) ROWS WITH TIES
    LOOP
      looked := looked + 1;
      v_last := e.updated_at_us;
      CONTINUE WHEN e.kind <> 'update' OR e.decision IS NULL OR e.expired_by_seq IS NOT NULL
                 OR NOT EXISTS (SELECT 1 FROM standing_events(e.item_id) s WHERE s.seq = e.seq)
                 OR EXISTS (SELECT 1 FROM supplier_event o
                             WHERE o.target_seq = e.seq AND o.kind = 'expiry' AND o.decision IS NULL);
      v_id := 'expiry-' || gen_random_uuid();
      v_sku := substr(e.item_id, length(e.tenant_id) + 2);
      INSERT INTO supplier_event (tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, received_at_us, location,
                                  item_id, digest, workflow_id, start_due_us, kind, target_seq)
      VALUES (e.tenant_id, e.supplier_id, v_id, v_sku, 0, e.updated_at_us + r.figure_expires_us, v_now, e.location, e.item_id,
              event_digest(v_sku, 0, e.updated_at_us + r.figure_expires_us, e.location),
              'sync:' || e.tenant_id || ':' || e.supplier_id || ':' || v_id, v_now, 'expiry', e.seq);
      expired := expired + 1;
    END LOOP;
    UPDATE supplier s SET expired_until_us = CASE WHEN looked < p_limit THEN v_until ELSE coalesce(v_last, v_until) END
     WHERE s.tenant_id = r.tenant_id AND s.id = r.id;
  END LOOP;
  IF expired > 0 THEN
    PERFORM pg_notify('supplier_event', '');
  END IF;
  RETURN NEXT;
END $$;

-- Ends a replay; completed it is only when all its events are done. What it has started goes on to its end; what it made but will not publish goes the way of live events.
-- With the one that carries out a change of the stock rule, the rule before is forgotten: so it ends in no other way than
-- completed.
CREATE OR REPLACE FUNCTION end_replay(p_replay_id text, p_state text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
BEGIN
  IF p_state <> 'completed' AND EXISTS (SELECT 1 FROM replay r WHERE r.id = p_replay_id AND r.stock_rule_id IS NOT NULL) THEN
    RETURN false;
  END IF;
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
  -- Who cancels need not be allowed to.
  IF p_state = 'completed' THEN
    UPDATE tenant t SET stock_rule_before = NULL
      FROM replay r WHERE r.id = p_replay_id AND r.stock_rule_id = t.stock_rule_id AND r.tenant_id = t.id;
  END IF;
  PERFORM release_replay_rest(p_replay_id);
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
                                 'gate_watch', 'trace_review', 'signal_sample', 'ignored_field'] LOOP
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
