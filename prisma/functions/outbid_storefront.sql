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
