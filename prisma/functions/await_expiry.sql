-- Has expire_figures look at an event that came to stand when its time had come: late, or because a void took out the one
-- before it. It waits for a run that is under way and may not have seen the event stand: so the row is written always.
CREATE OR REPLACE FUNCTION await_expiry(p_seq bigint)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
  UPDATE supplier s SET expired_until_us = least(s.expired_until_us, e.updated_at_us - 1)
    FROM supplier_event e
   WHERE e.seq = p_seq AND e.kind = 'update' AND e.expired_by_seq IS NULL
     AND s.tenant_id = e.tenant_id AND s.id = e.supplier_id AND is_old(e.updated_at_us, s.figure_expires_us)
$$;
