-- Makes an item's row what its ledger says, if it is not: a new version above every one that there ever was.
-- Call it with the item's lock. Answers whether the row had to be repaired.
CREATE OR REPLACE FUNCTION repair_catalog_item(p_item_id text, p_sku text, p_replay_id text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  w supplier_event%ROWTYPE;
  v_version integer;
BEGIN
  IF item_is_right(p_item_id) IS NOT FALSE THEN
    RETURN false;
  END IF;
  SELECT * INTO STRICT w FROM supplier_event x WHERE x.seq = true_winner(p_item_id);
  SELECT 1 + greatest((SELECT max(x.version) FROM catalog_item_version x WHERE x.item_id = p_item_id),
                      (SELECT x.version FROM catalog_item x WHERE x.item_id = p_item_id), 0) INTO v_version;
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
  RETURN true;
END $$;
