-- What customers see, by whose page: the first storefront's until now.
ALTER TABLE "storefront_probe" ADD COLUMN "storefront" TEXT NOT NULL DEFAULT 'shop';
ALTER TABLE "sweep_finding" ADD COLUMN "storefront" TEXT NOT NULL DEFAULT 'shop';
ALTER TABLE "sweep_finding" DROP CONSTRAINT "sweep_finding_pkey",
ADD CONSTRAINT "sweep_finding_pkey" PRIMARY KEY ("sweep_id", "item_id", "storefront");
ALTER TABLE "sweep" ADD COLUMN "storefront" TEXT,
ADD COLUMN "passed_over" TEXT[] DEFAULT ARRAY[]::TEXT[];
ALTER TABLE "signal_sample" ADD COLUMN "storefronts" JSONB;

DROP FUNCTION outbid_storefront(text, integer, integer);

-- The open storefronts of some tenants. A tenant without a storefront has the default one, by the name of shop, without an
-- address; one whose storefronts are all closed has none.
CREATE OR REPLACE FUNCTION open_storefronts(p_tenants text[])
 RETURNS TABLE(tenant_id text, name text, place integer)
 LANGUAGE sql
 STABLE
AS $$
  SELECT s.tenant_id, s.name, s.place FROM storefront s WHERE s.tenant_id = ANY (p_tenants) AND s.state = 'open'
   UNION ALL
  SELECT t.id, 'shop', 1 FROM tenant t
   WHERE t.id = ANY (p_tenants) AND NOT EXISTS (SELECT 1 FROM storefront s WHERE s.tenant_id = t.id)
$$;

-- What a storefront was read to show of an item that it was told of: when that is a version that the ledger has not
-- made, or the newest one with another quantity, no publication of that version can mend it. It is written down, and
-- the item renewed above what is shown. Answers the new version; null where nothing is wrong, or no version is left,
-- or where this has not helped ten times in an hour.
CREATE OR REPLACE FUNCTION outbid_storefront(p_item_id text, p_shown_version integer, p_shown_quantity integer,
                                             p_storefront text DEFAULT 'shop'::text)
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
  INSERT INTO storefront_probe (item_id, storefront, probed_at_us, accepted_version, shown_version, shown_quantity,
                                failure_mode)
  VALUES (p_item_id, p_storefront, now_us(), i.version, p_shown_version, p_shown_quantity, 'wrong_quantity_shown');
  -- Above it there is no room left for what comes; and whom no version satisfies is left to a sweep.
  IF p_shown_version >= highest_version()
     OR (SELECT count(*) FROM catalog_item_version v
          WHERE v.item_id = p_item_id AND v.rule = 'repaired' AND v.created_at_us > now_us() - 3600000000) >= 10
  THEN
    RETURN NULL;
  END IF;
  v_version := renew_catalog_item(p_item_id, i.sku, p_shown_version, NULL);
  -- It may be the winner's own workflow that asks: it has to end before it is started again.
  UPDATE supplier_event x SET start_due_us = now_us() + 2000000 WHERE x.seq = true_winner(p_item_id);
  RETURN v_version;
END $$;

-- Publishes an item anew that a sweep found wrong: renews it above what any storefront shows, and its winner's workflow
-- is started again to publish that, for all storefronts at which it was found. Writes down why not, where it does not.
-- Run again, it changes nothing.
CREATE OR REPLACE FUNCTION repair_swept_item(p_sweep_id text, p_item_id text)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_tenant text;
  v_winner bigint;
  v_version integer;
  v_why text;
  v_shown integer;
  f sweep_finding%ROWTYPE;
  i catalog_item%ROWTYPE;
  n catalog_item_version%ROWTYPE;
BEGIN
  SELECT s.tenant_id INTO STRICT v_tenant FROM sweep s WHERE s.id = p_sweep_id;
  -- A new generation takes its row before those of sweeps.
  PERFORM settle_ledger();
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(v_tenant));
  PERFORM pg_advisory_xact_lock(item_lock(p_item_id));
  PERFORM 1 FROM sweep s WHERE s.id = p_sweep_id AND s.state = 'running' FOR SHARE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  PERFORM 1 FROM sweep_finding x WHERE x.sweep_id = p_sweep_id AND x.item_id = p_item_id FOR NO KEY UPDATE;
  -- The later of two that are of different times says whether the item has changed since.
  SELECT * INTO STRICT f FROM sweep_finding x WHERE x.sweep_id = p_sweep_id AND x.item_id = p_item_id
   ORDER BY x.treated_at_us NULLS FIRST, x.ledger_version DESC LIMIT 1;
  SELECT max(x.shown_version) INTO v_shown FROM sweep_finding x WHERE x.sweep_id = p_sweep_id AND x.item_id = p_item_id;
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
    WHEN v_shown >= highest_version() THEN 'no version is left above the one shown' END;
  IF v_why IS NULL THEN
    v_version := renew_catalog_item(p_item_id, i.sku, coalesce(v_shown, 0), NULL);
  END IF;
  UPDATE sweep_finding x SET treated_at_us = now_us(), repaired_version = v_version, note = v_why
   WHERE x.sweep_id = p_sweep_id AND x.item_id = p_item_id AND x.treated_at_us IS NULL;
  RETURN v_version;
END $$;
