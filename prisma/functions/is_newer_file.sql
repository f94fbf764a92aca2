-- Whether a run's file is newer than another run's: it was written later, where both say when, else it came later.
CREATE OR REPLACE FUNCTION is_newer_file(p_run feed_run, p_other feed_run)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT (coalesce(p_run.file_time_us - p_other.file_time_us, 0), p_run.created_at_us) > (0, p_other.created_at_us)
$$;
