-- Whether an item's figure is that of its greatest event, by the rule that tenants have unless told otherwise: no event of
-- it names a location, none has expired. Then there are no shares to be weighed.
CREATE OR REPLACE FUNCTION is_plain(p_item_id text, p_rule_id integer)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $$
  SELECT p_rule_id = 0 AND NOT EXISTS (
    SELECT 1 FROM supplier_event e
     WHERE e.item_id = p_item_id AND (e.location <> '' OR e.expired_by_seq IS NOT NULL)
       AND e.decision IN ('won', 'superseded') AND e.voided_by_seq IS NULL)
$$;
