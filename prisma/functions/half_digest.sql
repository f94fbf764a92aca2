-- The first 16 bytes of a SHA-256, in the type that keeps 16 bytes without a length beside them.
CREATE OR REPLACE FUNCTION half_digest(p_digest bytea)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT encode(substr(p_digest, 1, 16), 'hex')::uuid
$$;
