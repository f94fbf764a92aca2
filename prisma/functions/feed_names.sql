-- Whether a run's file speaks of a figure of an item, so that it is not missing there. Of a file that names p_locations, a
-- figure at another one is none of its business. A row whose location cannot be read speaks of all ('\x01').
CREATE OR REPLACE FUNCTION feed_names(p_run_id text, p_sku_key text, p_location text, p_locations text[])
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE WHEN cardinality(p_locations) > 0
    THEN EXISTS (SELECT 1 FROM feed_run_item i
                  WHERE i.run_id = p_run_id AND i.sku_key = p_sku_key AND i.location IN (p_location, E'\u0001'))
         OR p_location <> ALL (p_locations)
    ELSE EXISTS (SELECT 1 FROM feed_run_item i WHERE i.run_id = p_run_id AND i.sku_key = p_sku_key) END
$$;
