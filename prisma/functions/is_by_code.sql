-- Whether an event says what its supplier sent under a code of its own, in the SKU and the pieces of the alias that was
-- used. Its digest is of what was sent.
CREATE OR REPLACE FUNCTION is_by_code(e supplier_event)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $$
  SELECT EXISTS (
    SELECT 1 FROM event_code c
     WHERE c.seq = e.seq AND e.digest = event_digest(c.code, c.quantity, e.updated_at_us, e.location)
       AND (e.sku, e.quantity) = (c.sku, aliased_quantity(c.quantity, c.factor)))
$$;
