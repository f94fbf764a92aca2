-- An item's lock puts its writers in a row; it is taken after the tenant's (tenant_lock).
CREATE OR REPLACE FUNCTION item_lock(p_item text)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT hashtextextended('item:' || p_item, 0)
$$;
