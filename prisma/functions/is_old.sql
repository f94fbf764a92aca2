-- Whether a figure has expired, or will within the minute: longer than any transaction lasts that looks at it. p_expires_us
-- is after how long; null for a supplier whose figures do not expire.
CREATE OR REPLACE FUNCTION is_old(p_updated_at_us bigint, p_expires_us bigint)
 RETURNS boolean
 LANGUAGE sql
 PARALLEL SAFE
AS $$
  SELECT p_expires_us IS NOT NULL AND p_updated_at_us + p_expires_us < now_us() + 60000000
$$;
