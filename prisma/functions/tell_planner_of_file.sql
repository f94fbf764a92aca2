-- Lets the planner hear how much of the ledger a file is. A statement of its own, so that it holds its lock for no longer
-- than it takes; where somebody else has it, or it takes too long, it is left to the autovacuum.
CREATE OR REPLACE FUNCTION tell_planner_of_file()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
BEGIN
  PERFORM set_config('lock_timeout', '500ms', true);
  ANALYZE supplier_event;
  ANALYZE feed_event;
EXCEPTION WHEN lock_not_available OR query_canceled THEN
  NULL;
END $$;
