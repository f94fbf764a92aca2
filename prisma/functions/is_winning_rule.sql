-- Whether an event that meets another by a rule of contest_rule wins; null for what is no such rule.
CREATE OR REPLACE FUNCTION is_winning_rule(p_rule text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE
    WHEN p_rule IN ('first', 'newer', 'lower_quantity', 'greater_supplier', 'greater_event_id') THEN true
    WHEN p_rule IN ('older', 'higher_quantity', 'lesser_supplier', 'lesser_event_id') THEN false END
$$;
