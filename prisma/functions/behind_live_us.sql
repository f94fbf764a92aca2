-- An event of a file has its turn after what comes live: its due time lies so much later, beyond every clock and lease, in
-- the order of arrival; see claim_file_events.
CREATE OR REPLACE FUNCTION behind_live_us()
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT 4000000000000000
$$;
