-- By what a storefront knows what it is told: the same for every retry of a version; another one for each replay, so that it
-- does not take it for old.
CREATE OR REPLACE FUNCTION message_id(p_item_id text, p_version integer, p_replay_id text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT 'msg_' || rtrim(translate(encode(sha256(convert_to(
           '[' || to_json(p_item_id)::text || ',' || p_version || ',' || coalesce(to_json(p_replay_id)::text, 'null') || ']',
           'UTF8')), 'base64'), '+/', '-_'), '=')
$$;
