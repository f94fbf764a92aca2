-- Whoever prunes events of a tenant, and whoever begins a replay of a window, take turns: so a replay either finds that
-- its window was reached, or its events are left alone.
CREATE OR REPLACE FUNCTION prune_lock(p_tenant text)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT hashtextextended('prune:' || p_tenant, 0)
$$;
