-- What the figures of a file would do to those that its supplier has said before, item by item: of a run's file
-- (p_run_id), or of one that is no run's (p_items, as note_feed_rows takes them, in parts: a jsonb has at most 256 MB).
-- "before" and "after" are what it has in stock, all locations together; "stocked" counts its figures above 0, and "gone"
-- those of them that would be 0. One without a location, of an item that would have stock at one, has only moved there.
-- p_feed: whose file it is; null: of none that there is. p_snapshot_us: null where absence says nothing. What is absent,
-- feed_names says too.
-- Nobody knows beforehand how many items a file has: a loop over a million of them within another would never end.
CREATE OR REPLACE FUNCTION figure_changes(p_tenant text, p_supplier text, p_feed text, p_run_id text,
                                          p_items jsonb[], p_snapshot_us bigint)
 RETURNS TABLE(sku_key text, heard boolean, named boolean, before bigint, after bigint, stocked bigint, gone bigint)
 LANGUAGE plpgsql
 STABLE
 SET enable_nestloop TO 'off'
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH told AS MATERIALIZED (
    SELECT i.sku_key, i.location, i.quantity, i.updated_at_us FROM feed_run_item i WHERE i.run_id = p_run_id
    UNION ALL
    (SELECT DISTINCT ON (x.sku_key, x.location) x.sku_key, x.location, x.quantity, x."updatedAtUs"
       FROM unnest(p_items) AS part CROSS JOIN LATERAL feed_items(p_tenant, p_supplier, part) x
      ORDER BY x.sku_key, x.location, x."updatedAtUs" DESC NULLS LAST, x.quantity)
  ), named AS MATERIALIZED (
    SELECT t.sku_key, bool_or(t.location = E'\u0001') AS anywhere FROM told t GROUP BY t.sku_key
  ), place AS MATERIALIZED (
    SELECT DISTINCT t.location FROM told t WHERE t.location NOT IN ('', E'\u0001')
  ), said AS (
    SELECT substr(c.item_id, length(p_tenant) + 2) AS sku_key, s.seq, s.location, s.quantity,
           s.updated_at_us, s.expired_by_seq IS NOT NULL AS expired
      FROM catalog_item c CROSS JOIN LATERAL supplier_standing(c.item_id, p_supplier) s
     WHERE c.tenant_id = p_tenant
    UNION ALL
    -- What waits to be decided was said as well: the file before this one may have come a minute ago.
    SELECT sku_key(e.sku), e.seq, e.location, e.quantity, e.updated_at_us, false
      FROM supplier_event e
     WHERE e.tenant_id = p_tenant AND e.supplier_id = p_supplier AND e.decision IS NULL AND e.kind = 'update'
       AND NOT is_unknown(e)
  ), standing AS MATERIALIZED (
    SELECT DISTINCT ON (x.sku_key, x.location)
           x.sku_key, x.seq, x.location, CASE WHEN x.expired THEN 0 ELSE greatest(x.quantity, 0) END AS quantity, x.updated_at_us
      FROM said x ORDER BY x.sku_key, x.location, x.updated_at_us DESC, x.quantity
  ), loose AS MATERIALIZED (
    SELECT s.seq, o.feed_id IS DISTINCT FROM p_feed AS of_another
      FROM standing s JOIN feed_event f ON f.seq = s.seq JOIN feed_run o ON o.id = f.run_id
     WHERE s.location = '' AND EXISTS (SELECT 1 FROM place)
  ), figure AS (
    SELECT s.sku_key, true AS heard, s.quantity AS before,
           CASE WHEN t.quantity IS NOT NULL AND t.updated_at_us >= s.updated_at_us THEN greatest(t.quantity, 0)
                WHEN p_snapshot_us > s.updated_at_us AND t.sku_key IS NULL AND NOT coalesce(n.anywhere, false)
                     AND NOT CASE WHEN NOT EXISTS (SELECT 1 FROM place) THEN n.sku_key IS NOT NULL
                               WHEN s.location <> '' THEN l.location IS NULL
                               ELSE coalesce(w.of_another, n.sku_key IS NOT NULL) END
                THEN 0
                ELSE s.quantity END AS after,
           s.location = '' AND t.sku_key IS NULL AS may_move
      FROM standing s
      LEFT JOIN told t ON t.sku_key = s.sku_key AND t.location = s.location
      LEFT JOIN named n ON n.sku_key = s.sku_key
      LEFT JOIN place l ON l.location = s.location
      LEFT JOIN loose w ON w.seq = s.seq
    UNION ALL
    SELECT t.sku_key, false, 0, greatest(t.quantity, 0), false
      FROM told t LEFT JOIN standing s ON s.sku_key = t.sku_key AND s.location = t.location
     WHERE t.quantity IS NOT NULL AND s.sku_key IS NULL
  ), item AS (
    SELECT x.sku_key, bool_or(x.heard) AS heard, sum(x.before)::bigint AS before, sum(x.after)::bigint AS after,
           count(*) FILTER (WHERE x.before > 0) AS stocked,
           count(*) FILTER (WHERE x.before > 0 AND x.after = 0) AS gone,
           count(*) FILTER (WHERE x.before > 0 AND x.after = 0 AND x.may_move) AS may_move
      FROM figure x GROUP BY x.sku_key
  )
  SELECT coalesce(i.sku_key, n.sku_key), coalesce(i.heard, false), n.sku_key IS NOT NULL, coalesce(i.before, 0),
         coalesce(i.after, 0), coalesce(i.stocked, 0),
         coalesce(i.gone - CASE WHEN i.after > 0 THEN i.may_move ELSE 0 END, 0)
    FROM item i FULL JOIN named n ON n.sku_key = i.sku_key;
END $$;
