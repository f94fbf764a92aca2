-- Up to here versions are raised above what a storefront or a lost ledger may have had. Beyond it, and up to the end of an
-- integer, is room for the versions that ordinary events make.
CREATE OR REPLACE FUNCTION highest_version()
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT 2000000000
$$;
