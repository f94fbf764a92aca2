-- Whether what an item shows is, in part at least, what an event says.
CREATE OR REPLACE FUNCTION event_counts(p_item_id text, p_seq bigint)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE WHEN s.shares IS NULL THEN s.lead_seq = p_seq
              ELSE EXISTS (SELECT 1 FROM jsonb_to_recordset(s.shares) AS x (seq bigint, counts boolean)
                            WHERE x.seq = p_seq AND x.counts) END
    FROM item_stock(p_item_id, item_rule(p_item_id)) s
$$;
