-- The same as event_counts, for whoever has found that an item is not plain. In a language that begins no work before it is
-- called: a plan with all of this in it would cost each call of event_counts several times what it takes to look.
CREATE OR REPLACE FUNCTION weighed_event_counts(p_item_id text, p_seq bigint)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
AS $$
DECLARE
  v_rule_id integer;
BEGIN
  -- Of an item's many events few stand, and only those are worth weighing.
  IF NOT EXISTS (SELECT 1 FROM standing_events(p_item_id) e WHERE e.seq = p_seq) THEN
    RETURN false;
  END IF;
  -- By itself: item_stock would ask for it several times.
  v_rule_id := item_rule(p_item_id);
  RETURN (SELECT CASE WHEN s.shares IS NULL THEN s.lead_seq = p_seq
                      ELSE EXISTS (SELECT 1 FROM jsonb_to_recordset(s.shares) AS x (seq bigint, counts boolean)
                                    WHERE x.seq = p_seq AND x.counts) END
            FROM item_stock(p_item_id, v_rule_id) s);
END $$;
