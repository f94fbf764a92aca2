-- What an event's content is held against: SHA-256 of SKU, quantity and updatedAt as they arrived, and of the location
-- where there is one.
CREATE OR REPLACE FUNCTION event_digest(p_sku text, p_quantity integer, p_updated_at_us bigint,
                                        p_location text DEFAULT ''::text)
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT sha256(convert_to(p_sku || E'\n' || p_quantity || E'\n' || p_updated_at_us
                           || CASE WHEN p_location = '' THEN '' ELSE E'\n' || p_location END, 'UTF8'))
$$;
