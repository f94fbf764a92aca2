-- What the figures of a file that was read would do to those that its supplier has said before: see judge-file.ts.
-- p_snapshot_us: null where absence says nothing.
CREATE OR REPLACE FUNCTION feed_run_counts(p_run_id text, p_snapshot_us bigint)
 RETURNS TABLE(known bigint, above0 bigint, zeroed bigint, items bigint, unheard bigint)
 LANGUAGE plpgsql
 STABLE
AS $$
DECLARE
  v_tenant text;
  v_supplier text;
  v_locations text[];
BEGIN
  SELECT r.tenant_id, f.supplier_id INTO STRICT v_tenant, v_supplier
    FROM feed_run r JOIN feed f ON f.tenant_id = r.tenant_id AND f.id = r.feed_id WHERE r.id = p_run_id;
  v_locations := ARRAY(SELECT DISTINCT i.location FROM feed_run_item i
                        WHERE i.run_id = p_run_id AND i.location NOT IN ('', E'\u0001'));
  RETURN QUERY
  WITH said AS (
    SELECT substr(c.item_id, length(v_tenant) + 2) AS sku_key, s.location, s.quantity, s.updated_at_us,
           s.expired_by_seq IS NOT NULL AS expired
      FROM catalog_item c CROSS JOIN LATERAL supplier_standing(c.item_id, v_supplier) s
     WHERE c.tenant_id = v_tenant
    UNION ALL
    -- What waits to be decided was said as well: the file before this one may have come a minute ago.
    SELECT sku_key(e.sku), e.location, e.quantity, e.updated_at_us, false
      FROM supplier_event e
     WHERE e.tenant_id = v_tenant AND e.supplier_id = v_supplier AND e.decision IS NULL AND e.kind = 'update'
       AND NOT is_unknown(e)
  ), standing AS MATERIALIZED (
    SELECT DISTINCT ON (x.sku_key, x.location) x.*
      FROM said x ORDER BY x.sku_key, x.location, x.updated_at_us DESC, x.quantity
  ), figure AS (
    SELECT s.sku_key, NOT s.expired AND s.quantity > 0 AS before,
           CASE WHEN i.quantity IS NOT NULL AND i.updated_at_us >= s.updated_at_us THEN i.quantity > 0
                WHEN p_snapshot_us > s.updated_at_us AND NOT feed_names(p_run_id, s.sku_key, s.location, v_locations)
                THEN false
                ELSE NOT s.expired AND s.quantity > 0 END AS after
      FROM standing s
      LEFT JOIN feed_run_item i ON i.run_id = p_run_id AND i.sku_key = s.sku_key AND i.location = s.location
    UNION ALL
    SELECT i.sku_key, false, i.quantity > 0
      FROM feed_run_item i
     WHERE i.run_id = p_run_id AND i.quantity IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM standing s WHERE s.sku_key = i.sku_key AND s.location = i.location)
  ), item AS (
    SELECT x.sku_key, bool_or(x.before) AS before, bool_or(x.after) AS after FROM figure x GROUP BY x.sku_key
  ), named AS (
    SELECT DISTINCT i.sku_key FROM feed_run_item i WHERE i.run_id = p_run_id
  )
  SELECT (SELECT count(DISTINCT s.sku_key) FROM standing s),
         (SELECT count(*) FROM item x WHERE x.before),
         (SELECT count(*) FROM item x WHERE x.before AND NOT x.after),
         (SELECT count(*) FROM named),
         (SELECT count(*) FROM named n WHERE NOT EXISTS (SELECT 1 FROM standing s WHERE s.sku_key = n.sku_key));
END $$;
