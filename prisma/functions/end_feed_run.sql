-- Ends a run that is under way or held. Answers whether it was.
CREATE OR REPLACE FUNCTION end_feed_run(p_run_id text, p_state text, p_failure text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE feed_run r SET state = p_state, failure = p_failure, finished_at_us = now_us(), start_due_us = NULL
   WHERE r.id = p_run_id AND r.state IN ('receiving', 'fetching', 'reading', 'held', 'recording', 'zeroing');
  RETURN FOUND;
END $$;
