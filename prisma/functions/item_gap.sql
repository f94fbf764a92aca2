-- What is wrong with what the catalog says of an item, as trace_gap tells it of each of the item's events; null when all
-- of it follows from the ledger, and for an event without an item.
CREATE OR REPLACE FUNCTION item_gap(p_item_id text)
 RETURNS TABLE(gap text)
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE
    WHEN asked.item_id IS NULL THEN NULL
    WHEN i.item_id IS NULL THEN 'no_item'
    WHEN w.seq IS NULL OR w.item_id IS DISTINCT FROM i.item_id OR i.winner_seq IS DISTINCT FROM s.lead_seq THEN 'winner'
    WHEN w.digest <> event_digest(w.sku, w.quantity, w.updated_at_us, w.location) AND NOT is_by_code(w) THEN 'winner_digest'
    WHEN (i.quantity, i.updated_at_us, i.supplier_id, i.event_id)
           IS DISTINCT FROM (s.quantity, w.updated_at_us, w.supplier_id, w.event_id)
         OR (i.quantity, i.updated_at_us) IS DISTINCT FROM (c.quantity, c.updated_at_us) THEN 'row'
    WHEN c.shares IS NOT NULL
         AND c.quantity IS DISTINCT FROM (SELECT x.quantity FROM weigh_stock(c.stock_rule_id, c.shares) x) THEN 'shares'
    END
    FROM (SELECT p_item_id AS item_id) asked
    LEFT JOIN catalog_item i ON i.item_id = asked.item_id
    -- By itself, which OFFSET keeps: item_stock would ask for it several times.
    LEFT JOIN LATERAL (SELECT item_rule(i.item_id) AS id OFFSET 0) r ON true
    LEFT JOIN LATERAL item_stock(i.item_id, r.id) s ON true
    LEFT JOIN supplier_event w ON w.seq = i.winner_seq
    LEFT JOIN catalog_item_version c ON c.item_id = i.item_id AND c.version = i.version
$$;
