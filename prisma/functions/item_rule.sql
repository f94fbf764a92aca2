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
