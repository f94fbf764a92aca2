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
