-- Ends a sweep that runs; what it has renewed goes the way of live events. Answers whether it ran.
CREATE OR REPLACE FUNCTION end_sweep(p_sweep_id text, p_state text, p_failure text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE sweep s SET state = p_state, failure = p_failure, finished_at_us = now_us(), start_due_us = NULL
   WHERE s.id = p_sweep_id AND s.state = 'running';
  RETURN FOUND;
END $$;
