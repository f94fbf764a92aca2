-- A newer version of an item comes: those that nobody was told of are overtaken, and what waited to be so (see
-- begin_publish_attempt) is done.
CREATE OR REPLACE FUNCTION overtake_versions(p_item_id text, p_now bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $$
DECLARE
  -- The item's lock keeps others from making any. Events are locked before their versions, as end_publication does.
  v_makers bigint[] := ARRAY(
    SELECT v.event_seq FROM catalog_item_version v
     WHERE v.item_id = p_item_id AND v.publication IN ('due', 'withheld') ORDER BY v.event_seq);
BEGIN
  IF v_makers = '{}' THEN
    RETURN;
  END IF;
  UPDATE supplier_event e SET start_due_us = NULL
   WHERE e.seq = ANY (v_makers) AND e.started_by IS NULL AND e.start_due_us IS NOT NULL AND e.decision IS NOT NULL
     AND e.held_at_us IS NULL;
  UPDATE catalog_item_version v SET publication = 'overtaken', publication_at_us = p_now
   WHERE v.item_id = p_item_id AND v.publication IN ('due', 'withheld');
END $$;
