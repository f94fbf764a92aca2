-- What a snapshot says of a figure of its supplier otherwise than by a row of its own; no row: nothing. One that is above
-- 0, older than the snapshot, and not named by it is missing: 0. One that such a step wrote for an older file, and that
-- this one names with another quantity in a row that is no newer, is back: as the row says, from the moment after.
-- p_seq: of the event that says the figure.
CREATE OR REPLACE FUNCTION snapshot_figure(p_run feed_run, p_sku_key text, p_seq bigint, p_location text,
                                           p_quantity integer, p_updated_at_us bigint, p_locations text[])
 RETURNS TABLE(why text, quantity integer, updated_at_us bigint)
 LANGUAGE sql
 STABLE
AS $$
  WITH earlier AS (
    SELECT 1 FROM feed_event f JOIN feed_run o ON o.id = f.run_id
     WHERE f.seq = p_seq AND f.line = 0 AND is_newer_file(p_run, o)
  )
  SELECT 'missing', 0, greatest(p_run.snapshot_us, p_updated_at_us)
   WHERE p_quantity > 0 AND (p_updated_at_us < p_run.snapshot_us OR EXISTS (SELECT 1 FROM earlier))
     AND NOT feed_names(p_run, p_sku_key, p_seq, p_location, p_locations)
  UNION ALL
  SELECT 'back', i.quantity, p_updated_at_us + 1
    FROM feed_run_item i
   WHERE i.run_id = p_run.id AND i.sku_key = p_sku_key COLLATE "default"
     AND i.location = p_location COLLATE "default"
     AND i.quantity <> p_quantity AND i.updated_at_us <= p_updated_at_us AND EXISTS (SELECT 1 FROM earlier)
$$;
