-- What an item's ledger comes to by a stock rule: no row where no event stands for it. stock and shares are null for a
-- plain item.
CREATE OR REPLACE FUNCTION item_stock(p_item_id text, p_rule_id integer)
 RETURNS TABLE(stock bigint, quantity integer, lead_seq bigint, shares jsonb)
 LANGUAGE plpgsql
 STABLE
AS $$
BEGIN
  IF is_plain(p_item_id, p_rule_id) THEN
    RETURN QUERY SELECT NULL::bigint, greatest(0, e.quantity), e.seq, NULL::jsonb
                   FROM contending_events(p_item_id) e LIMIT 1;
  ELSE
    RETURN QUERY SELECT w.* FROM weigh_stock(p_rule_id, standing_of_item(p_item_id)) w;
  END IF;
END $$;
