-- The moment at which a statement asks, in whole microseconds since 1970; unlike now(), it goes on within a transaction.
CREATE OR REPLACE FUNCTION now_us()
 RETURNS bigint
 LANGUAGE sql
 PARALLEL SAFE
AS $$
  SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
$$;
