-- The version that an item gets next: above every one that it ever had, above p_above, and above the floor of the
-- ledger's generation, which a copy of the ledger begins before it gives any out. An item that is above the floor already
-- leaves room once for what a lost ledger may have given it.
CREATE OR REPLACE FUNCTION next_version(p_item_id text, p_above integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_spare constant integer := 1000;
  h ledger_home%ROWTYPE;
  n catalog_item_version%ROWTYPE;
BEGIN
  PERFORM settle_ledger();
  SELECT * INTO STRICT h FROM ledger_home;
  SELECT * INTO n FROM catalog_item_version v WHERE v.item_id = p_item_id ORDER BY v.version DESC LIMIT 1;
  RETURN 1 + greatest(
    n.version + CASE WHEN h.generation > 1 AND n.created_at_us < h.began_at_us AND n.version > h.version_floor
                     THEN v_spare ELSE 0 END,
    (SELECT i.version FROM catalog_item i WHERE i.item_id = p_item_id), p_above, h.version_floor);
END $$;
