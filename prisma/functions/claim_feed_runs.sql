-- Hands runs of feeds whose workflow has to be started, or looked after, to a worker.
CREATE OR REPLACE FUNCTION claim_feed_runs(p_limit integer, p_lease_us bigint)
 RETURNS TABLE(id text, tenant_id text, feed_id text, start_count integer)
 LANGUAGE sql
AS $$
  WITH due AS MATERIALIZED (
    SELECT r.id FROM feed_run r
     WHERE r.start_due_us <= now_us()
     ORDER BY r.start_due_us
     LIMIT p_limit
       FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE feed_run r
     SET start_due_us = now_us() + p_lease_us, start_count = r.start_count + 1
    FROM due WHERE r.id = due.id
  RETURNING r.id, r.tenant_id, r.feed_id, r.start_count
$$;
