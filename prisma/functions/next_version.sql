-- The version that an item gets next: above every one that it ever had, above p_above, and above the floor of the
-- ledger's generation, which a copy of the ledger begins before it gives any out.
CREATE OR REPLACE FUNCTION next_version(p_item_id text, p_above integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_floor integer;
BEGIN
  PERFORM settle_ledger();
  SELECT h.version_floor INTO STRICT v_floor FROM ledger_home h;
  RETURN 1 + greatest((SELECT max(v.version) FROM catalog_item_version v WHERE v.item_id = p_item_id),
                      (SELECT i.version FROM catalog_item i WHERE i.item_id = p_item_id), p_above, v_floor);
END $$;
