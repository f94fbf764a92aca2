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
