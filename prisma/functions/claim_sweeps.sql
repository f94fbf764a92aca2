-- Hands sweeps whose workflow has to be started, or looked after, to a worker.
CREATE OR REPLACE FUNCTION claim_sweeps(p_limit integer, p_lease_us bigint)
 RETURNS TABLE(id text, tenant_id text, repair boolean, start_count integer)
 LANGUAGE sql
AS $$
  WITH due AS MATERIALIZED (
    SELECT s.id FROM sweep s
     WHERE s.start_due_us <= now_us()
     ORDER BY s.start_due_us
     LIMIT p_limit
       FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE sweep s
     SET start_due_us = now_us() + p_lease_us, start_count = s.start_count + 1
    FROM due WHERE s.id = due.id
  RETURNING s.id, s.tenant_id, s.repair, s.start_count
$$;
