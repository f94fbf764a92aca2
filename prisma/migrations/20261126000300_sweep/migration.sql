-- A sweep asks a tenant's storefront for every item of the catalog, writes down what differs, and publishes it anew.

-- CreateTable
CREATE TABLE "sweep" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "repair" BOOLEAN NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'running',
    "phase" TEXT NOT NULL DEFAULT 'ask',
    "failure" TEXT,
    "requested_by" TEXT NOT NULL,
    "rate_per_second" INTEGER NOT NULL DEFAULT 50,
    "created_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "finished_at_us" BIGINT,
    "items_total" INTEGER,
    "items_done" INTEGER NOT NULL DEFAULT 0,
    "items_asked" INTEGER NOT NULL DEFAULT 0,
    "items_unanswered" INTEGER NOT NULL DEFAULT 0,
    "items_foreign" INTEGER NOT NULL DEFAULT 0,
    "after_item_id" TEXT NOT NULL DEFAULT '',
    "way" TEXT,
    "way_reason" TEXT,
    "silent_since_us" BIGINT,
    "silent_reason" TEXT,
    "start_due_us" BIGINT,
    "start_count" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "sweep_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sweep_finding" (
    "sweep_id" TEXT NOT NULL,
    "item_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "found_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "ledger_version" INTEGER,
    "ledger_quantity" INTEGER,
    "accepted_version" INTEGER,
    "shown_version" INTEGER,
    "shown_quantity" INTEGER,
    "treated_at_us" BIGINT,
    "repaired_version" INTEGER,
    "settled_at_us" BIGINT,
    "mended_at_us" BIGINT,
    "note" TEXT,

    CONSTRAINT "sweep_finding_pkey" PRIMARY KEY ("sweep_id","item_id")
);

-- CreateIndex
CREATE INDEX "sweep_tenant_id_created_at_us_idx" ON "sweep"("tenant_id", "created_at_us");

-- AddForeignKey
ALTER TABLE "sweep" ADD CONSTRAINT "sweep_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sweep_finding" ADD CONSTRAINT "sweep_finding_sweep_id_fkey" FOREIGN KEY ("sweep_id") REFERENCES "sweep"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma cannot say.
ALTER TABLE sweep
  ADD CONSTRAINT sweep_id_form CHECK (id ~ '^[a-z0-9-]{1,40}$'),
  ADD CONSTRAINT sweep_state_known CHECK (state IN ('running', 'completed', 'failed', 'cancelled')),
  ADD CONSTRAINT sweep_phase_known CHECK (phase IN ('ask', 'repair', 'settle')),
  ADD CONSTRAINT sweep_way_known CHECK (way IN ('list', 'each')),
  ADD CONSTRAINT sweep_rate_positive CHECK (rate_per_second > 0);
ALTER TABLE sweep_finding
  ADD CONSTRAINT sweep_finding_kind_known CHECK (kind IN (
    'old_quantity_shown', 'wrong_quantity_shown', 'unknown_there', 'not_published', 'unknown_here'));

-- At most one of a tenant that does the same.
CREATE UNIQUE INDEX sweep_running ON sweep (tenant_id, repair) WHERE state = 'running';
CREATE INDEX sweep_start_due ON sweep (start_due_us) WHERE start_due_us IS NOT NULL;
CREATE INDEX sweep_completed ON sweep (tenant_id, finished_at_us) WHERE state = 'completed';
-- Pages of a tenant's items in the order in which a storefront's list comes: by bytes.
CREATE INDEX catalog_item_by_bytes ON catalog_item (tenant_id, item_id COLLATE "C");

-- What is wrong with what a storefront shows of an item, as a failure mode; null: nothing. p_accepted is what it had
-- accepted before it was asked. A version is in the ledger before any storefront is told of it, so that one above the
-- last accepted is right if the ledger made it with that quantity, and else nobody's.
CREATE OR REPLACE FUNCTION shown_wrong(p_item_id text, p_accepted integer, p_version integer, p_quantity integer)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE WHEN p_version IS NULL OR p_version < p_accepted THEN 'old_quantity_shown'
              WHEN NOT EXISTS (SELECT 1 FROM catalog_item_version v
                                WHERE v.item_id = p_item_id AND v.version = p_version AND v.quantity = p_quantity)
              THEN 'wrong_quantity_shown' END
$$;

-- How an item's page differs from the ledger, for a sweep; null: it does not. p_accepted is what the storefront had
-- accepted before it was asked; null: nothing. A newest version that is due or withheld is no difference in itself.
CREATE OR REPLACE FUNCTION sweep_finding_kind(p_item_id text, p_accepted integer, p_version integer, p_quantity integer)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE
    WHEN n.item_id IS NULL THEN CASE WHEN p_version IS NOT NULL THEN 'unknown_here' END
    WHEN p_version IS NULL AND p_accepted IS NOT NULL THEN 'unknown_there'
    WHEN p_version IS NOT NULL AND w.wrong IS NOT NULL THEN w.wrong
    WHEN n.publication IN ('rejected', 'failed') AND coalesce(p_version, 0) < n.version THEN 'not_published' END
    FROM (SELECT shown_wrong(p_item_id, p_accepted, p_version, p_quantity) AS wrong) w
    LEFT JOIN LATERAL (SELECT v.item_id, v.version, v.publication FROM catalog_item_version v WHERE v.item_id = p_item_id
                        ORDER BY v.version DESC LIMIT 1) n ON true
$$;

-- Writes down that a tenant's storefront is to be swept; the starters of the workers see to the rest. Answers the
-- sweep's id: that of the one that runs, where one runs that does the same.
CREATE OR REPLACE FUNCTION request_sweep(p_tenant text, p_repair boolean, p_requested_by text,
                                         p_rate integer DEFAULT 50)
 RETURNS text
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_id text;
BEGIN
  LOOP
    INSERT INTO sweep (id, tenant_id, repair, requested_by, rate_per_second, created_at_us, start_due_us)
    VALUES (to_char(to_timestamp(v_now / 1e6) AT TIME ZONE 'UTC', 'YYYY-MM-DD') || '-' || left(gen_random_uuid()::text, 8),
            p_tenant, p_repair, p_requested_by, p_rate, v_now, v_now)
    ON CONFLICT (tenant_id, repair) WHERE state = 'running' DO NOTHING
    RETURNING id INTO v_id;
    EXIT WHEN v_id IS NOT NULL;
    SELECT x.id INTO v_id FROM sweep x WHERE x.tenant_id = p_tenant AND x.repair = p_repair AND x.state = 'running';
    IF v_id IS NOT NULL THEN
      RETURN v_id;
    END IF;
  END LOOP;
  INSERT INTO audit_entry (tenant_id, actor, action, subject, after)
  VALUES (p_tenant, p_requested_by, 'sweep.start', 'sweep/' || v_id,
          jsonb_build_object('repair', CASE WHEN p_repair THEN 'yes' ELSE 'no' END));
  PERFORM pg_notify('supplier_event', '');
  RETURN v_id;
END $$;

-- Hands sweeps whose workflow has to be started, or looked after, to a worker.
CREATE OR REPLACE FUNCTION claim_sweeps(p_limit integer, p_lease_us bigint)
 RETURNS TABLE(id text, tenant_id text, repair boolean, start_count integer)
 LANGUAGE sql
AS $$
  WITH due AS MATERIALIZED (
    SELECT s.id FROM sweep s
     WHERE s.start_due_us <= now_us()
     ORDER BY s.start_due_us
     LIMIT p_limit
       FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE sweep s
     SET start_due_us = now_us() + p_lease_us, start_count = s.start_count + 1
    FROM due WHERE s.id = due.id
  RETURNING s.id, s.tenant_id, s.repair, s.start_count
$$;

-- Ends a sweep that runs; what it has renewed goes the way of live events. Answers whether it ran.
CREATE OR REPLACE FUNCTION end_sweep(p_sweep_id text, p_state text, p_failure text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE sweep s SET state = p_state, failure = p_failure, finished_at_us = now_us(), start_due_us = NULL
   WHERE s.id = p_sweep_id AND s.state = 'running';
  RETURN FOUND;
END $$;

-- Publishes an item anew that a sweep found wrong: renews it above what the storefront shows, and its winner's workflow
-- is started again to publish that. Writes down why not, where it does not. Run again, it changes nothing.
CREATE OR REPLACE FUNCTION repair_swept_item(p_sweep_id text, p_item_id text)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_tenant text;
  v_winner bigint;
  v_version integer;
  v_why text;
  f sweep_finding%ROWTYPE;
  i catalog_item%ROWTYPE;
  n catalog_item_version%ROWTYPE;
BEGIN
  SELECT s.tenant_id INTO STRICT v_tenant FROM sweep s WHERE s.id = p_sweep_id;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(v_tenant));
  PERFORM pg_advisory_xact_lock(item_lock(p_item_id));
  PERFORM 1 FROM sweep s WHERE s.id = p_sweep_id AND s.state = 'running' FOR SHARE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT * INTO STRICT f FROM sweep_finding x WHERE x.sweep_id = p_sweep_id AND x.item_id = p_item_id FOR NO KEY UPDATE;
  IF f.treated_at_us IS NOT NULL THEN
    RETURN f.repaired_version;
  END IF;
  SELECT * INTO i FROM catalog_item x WHERE x.item_id = p_item_id;
  SELECT * INTO n FROM catalog_item_version x WHERE x.item_id = p_item_id ORDER BY x.version DESC LIMIT 1;
  v_winner := true_winner(p_item_id);
  v_why := CASE
    WHEN i.item_id IS NULL THEN 'the catalog does not know it'
    WHEN v_winner IS NULL THEN 'no event stands for it'
    WHEN n.publication = 'due' THEN 'it was being published'
    WHEN n.version IS DISTINCT FROM f.ledger_version THEN 'it has changed since'
    WHEN (SELECT event_flows(e.tenant_id, e.supplier_id) FROM supplier_event e WHERE e.seq = v_winner) IS NOT TRUE
      THEN 'a flag is closed'
    WHEN f.shown_version = 2147483647 THEN 'no version is left above the one shown' END;
  IF v_why IS NULL THEN
    v_version := renew_catalog_item(p_item_id, i.sku, coalesce(f.shown_version, 0), NULL);
  END IF;
  UPDATE sweep_finding x SET treated_at_us = now_us(), repaired_version = v_version, note = v_why
   WHERE x.sweep_id = p_sweep_id AND x.item_id = p_item_id;
  RETURN v_version;
END $$;
