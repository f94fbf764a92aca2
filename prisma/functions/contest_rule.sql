-- By which rule an event wins or loses against another one; `first` without one. All that
-- decides or explains goes by it; src/domain/winner.ts says the same, and tests hold the two against each other.
CREATE OR REPLACE FUNCTION contest_rule(p_updated_at_us bigint, p_quantity integer, p_supplier text,
                                        p_event text, p_other_updated_at_us bigint,
                                        p_other_quantity integer, p_other_supplier text, p_other_event text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE
    WHEN p_other_updated_at_us IS NULL THEN 'first'
    WHEN p_updated_at_us > p_other_updated_at_us THEN 'newer'
    WHEN p_updated_at_us < p_other_updated_at_us THEN 'older'
    WHEN p_quantity < p_other_quantity THEN 'lower_quantity'
    WHEN p_quantity > p_other_quantity THEN 'higher_quantity'
    WHEN p_supplier COLLATE "C" > p_other_supplier COLLATE "C" THEN 'greater_supplier'
    WHEN p_supplier COLLATE "C" < p_other_supplier COLLATE "C" THEN 'lesser_supplier'
    WHEN p_event COLLATE "C" > p_other_event COLLATE "C" THEN 'greater_event_id'
    ELSE 'lesser_event_id' END
$$;
