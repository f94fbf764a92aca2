-- How many pieces a quantity of a supplier's units is; null where that is more, or less, than an event may say.
CREATE OR REPLACE FUNCTION aliased_quantity(p_quantity integer, p_factor integer)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN p_quantity::bigint * p_factor BETWEEN -2147483648 AND 2147483647 THEN p_quantity * p_factor END
$$;
