-- A tenant's aliases are read under this lock, shared, where codes without one are held, and changed under it alone: so
-- no event waits for an alias that is there already. It is taken before an event's row is.
CREATE OR REPLACE FUNCTION alias_lock(p_tenant text)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT hashtextextended('aliases:' || p_tenant, 0)
$$;
