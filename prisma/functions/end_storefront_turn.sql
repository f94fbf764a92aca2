-- Gives back what take_storefront_turn gave.
CREATE OR REPLACE FUNCTION end_storefront_turn(p_tenant text, p_storefront text, p_turn_us bigint)
 RETURNS void
 LANGUAGE sql
AS $$
  UPDATE storefront s SET calls_until_us = array_remove(s.calls_until_us, p_turn_us)
   WHERE s.tenant_id = p_tenant AND s.name = p_storefront AND p_turn_us = ANY (s.calls_until_us)
$$;
