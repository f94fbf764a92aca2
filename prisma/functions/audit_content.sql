-- What an audit entry says, with its place in the chain, in one text: the same bytes on every machine, because jsonb puts
-- names in an order of its own. What is null is left out, so that a column that comes later changes nothing of before.
CREATE OR REPLACE FUNCTION audit_content(e audit_entry, p_no bigint)
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $$
  SELECT (jsonb_strip_nulls(jsonb_build_object(
            'no', p_no, 'id', e.id,
            'at', to_char('epoch'::timestamp + e.at_us * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'tenant', e.tenant_id, 'actor', e.actor, 'principalKind', e.principal_kind,
            'principal', e.principal_name, 'tokenId', e.token_id, 'requestId', e.request_id, 'address', e.address,
            'action', e.action, 'subject', e.subject, 'reason', e.reason))
          || CASE WHEN e.before IS NULL THEN '{}' ELSE jsonb_build_object('before', e.before) END
          || CASE WHEN e.after IS NULL THEN '{}' ELSE jsonb_build_object('after', e.after) END)::text
$$;
