-- How long a version waits, from its making, to be overtaken by something newer that is due: what would wait longer is told.
CREATE OR REPLACE FUNCTION postpone_us()
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT 2000000
$$;
