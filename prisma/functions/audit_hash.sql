-- A link of the audit list's chain: the SHA-256 of the hash before it (of the first: 32 zeros) and what the entry says.
CREATE OR REPLACE FUNCTION audit_hash(p_before bytea, p_content text)
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT sha256(coalesce(p_before, decode(repeat('00', 32), 'hex')) || convert_to(p_content, 'UTF8'))
$$;
