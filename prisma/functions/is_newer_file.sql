-- Whether a run's file is newer than another run's: it was written later, where both say when, else it came later. No file
-- was written after it came, whatever it says: one of tomorrow would else be newer than all until then.
CREATE OR REPLACE FUNCTION is_newer_file(p_run feed_run, p_other feed_run)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT (CASE WHEN p_run.file_time_us IS NOT NULL AND p_other.file_time_us IS NOT NULL
            THEN least(p_run.file_time_us, p_run.created_at_us) - least(p_other.file_time_us, p_other.created_at_us)
            ELSE 0 END, p_run.created_at_us) > (0, p_other.created_at_us)
$$;
