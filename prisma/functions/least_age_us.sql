-- Nothing younger may be pruned, in microseconds: src/retention/least-age.ts says why, and a test holds it to that.
CREATE OR REPLACE FUNCTION least_age_us()
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT 2 * 86400000000
$$;
