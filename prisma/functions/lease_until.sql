-- Until when a claim keeps others away: the lease grows with each start, to twentyfold, so that what goes wrong again
-- and again is asked for less and less often.
CREATE OR REPLACE FUNCTION lease_until(p_now bigint, p_lease_us bigint, p_start_count integer)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT p_now + p_lease_us * least(20, 1 + p_start_count)
$$;
