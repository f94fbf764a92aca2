-- Whether a run's file speaks of a figure of an item, so that it is not missing there. Of a file that names p_locations, a
-- figure at another one is none of its business. One without a location would add to those: what its own feed wrote is
-- missing, what another feed did is not, and what came by none is if the file does not name the item. A row whose
-- location cannot be read speaks of all ('\x01').
-- p_seq: of the event that says the figure. By the collation of the index, whatever the caller's.
CREATE OR REPLACE FUNCTION feed_names(p_run feed_run, p_sku_key text, p_seq bigint, p_location text, p_locations text[])
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE WHEN cardinality(p_locations) = 0
    THEN EXISTS (SELECT 1 FROM feed_run_item i WHERE i.run_id = p_run.id AND i.sku_key = p_sku_key COLLATE "default")
    ELSE EXISTS (SELECT 1 FROM feed_run_item i
                  WHERE i.run_id = p_run.id AND i.sku_key = p_sku_key COLLATE "default"
                    AND i.location IN (p_location COLLATE "default", E'\u0001'))
         OR CASE WHEN p_location <> '' THEN p_location <> ALL (p_locations)
              ELSE coalesce((SELECT o.feed_id <> p_run.feed_id FROM feed_event f JOIN feed_run o ON o.id = f.run_id
                              WHERE f.seq = p_seq),
                            EXISTS (SELECT 1 FROM feed_run_item i
                                     WHERE i.run_id = p_run.id AND i.sku_key = p_sku_key COLLATE "default")) END END
$$;
