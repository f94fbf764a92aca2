-- A tenant's lock is taken shared by whatever reads its flags and acts on them, and exclusively by what moves the
-- flags: after such a change commits, nothing goes on by the old flags.
-- The order of locks is always tenant, item, event, version.
CREATE OR REPLACE FUNCTION tenant_lock(p_tenant text)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT hashtextextended('tenant:' || p_tenant, 0)
$$;
