-- Whether an item's row and its newest version are what the ledger says by a stock rule; null where no event stands for it.
CREATE OR REPLACE FUNCTION item_is_right(p_item_id text, p_rule_id integer)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $$
  SELECT (i.winner_seq, i.quantity, i.updated_at_us, i.supplier_id, i.event_id, v.version, v.quantity, v.updated_at_us)
         IS NOT DISTINCT FROM
         (w.seq, s.quantity, w.updated_at_us, w.supplier_id, w.event_id, i.version, s.quantity, w.updated_at_us)
    FROM item_stock(p_item_id, p_rule_id) s
    JOIN supplier_event w ON w.seq = s.lead_seq
    LEFT JOIN catalog_item i ON i.item_id = p_item_id
    LEFT JOIN LATERAL (SELECT * FROM catalog_item_version x WHERE x.item_id = p_item_id
                        ORDER BY x.version DESC LIMIT 1) v ON true
$$;
