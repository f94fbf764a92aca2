-- By what an event is known once it was pruned. Names of tenants and suppliers hold no line break.
CREATE OR REPLACE FUNCTION event_key(p_tenant text, p_supplier text, p_event text)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT half_digest(sha256(convert_to(p_tenant || E'\n' || p_supplier || E'\n' || p_event, 'UTF8')))
$$;
