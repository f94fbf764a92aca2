-- How an item's page differs from the ledger, for a sweep; null: it does not. p_accepted is what the storefront had
-- accepted before it was asked; null: nothing. A newest version that is due or withheld is no difference in itself.
CREATE OR REPLACE FUNCTION sweep_finding_kind(p_item_id text, p_accepted integer, p_version integer, p_quantity integer)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE
    WHEN n.item_id IS NULL THEN CASE WHEN p_version IS NOT NULL THEN 'unknown_here' END
    WHEN p_version IS NULL AND p_accepted IS NOT NULL THEN 'unknown_there'
    WHEN p_version IS NOT NULL AND w.wrong IS NOT NULL THEN w.wrong
    WHEN n.publication IN ('rejected', 'failed') AND coalesce(p_version, 0) < n.version THEN 'not_published' END
    FROM (SELECT shown_wrong(p_item_id, p_accepted, p_version, p_quantity) AS wrong) w
    LEFT JOIN LATERAL (SELECT v.item_id, v.version, v.publication FROM catalog_item_version v WHERE v.item_id = p_item_id
                        ORDER BY v.version DESC LIMIT 1) n ON true
$$;
