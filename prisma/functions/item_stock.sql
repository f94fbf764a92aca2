-- What an item's ledger comes to by a stock rule: no row where no event stands for it. stock and shares are null for a
-- plain item.
CREATE OR REPLACE FUNCTION item_stock(p_item_id text, p_rule_id integer)
 RETURNS TABLE(stock bigint, quantity integer, lead_seq bigint, shares jsonb)
 LANGUAGE sql
 STABLE
AS $$
  SELECT NULL::bigint, greatest(0, e.quantity), e.seq, NULL::jsonb FROM plain_event(p_item_id, p_rule_id) e
  UNION ALL
  SELECT w.stock, w.quantity, w.lead_seq, w.shares
    FROM (SELECT 1 WHERE NOT is_plain(p_item_id, p_rule_id)) weighed
   CROSS JOIN LATERAL weigh_stock(p_rule_id, standing_of_item(p_item_id)) w
$$;
