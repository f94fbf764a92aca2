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
