-- Writes down how the publication of a version ended, accepted or rejected, for the event that made it too.
CREATE OR REPLACE FUNCTION end_publication(p_item_id text, p_version integer, p_status text, p_reason text)
 RETURNS void
 LANGUAGE plpgsql
AS $$
DECLARE
  v_maker bigint;
  v_publication text;
  v_more boolean;
BEGIN
  SELECT v.event_seq INTO v_maker
    FROM catalog_item_version v WHERE v.item_id = p_item_id AND v.version = p_version;
  PERFORM 1 FROM supplier_event x WHERE x.seq = v_maker FOR NO KEY UPDATE;
  SELECT v.publication INTO v_publication
    FROM catalog_item_version v WHERE v.item_id = p_item_id AND v.version = p_version FOR NO KEY UPDATE;
  -- A void may have given its maker a newer one meanwhile.
  v_more := EXISTS (SELECT 1 FROM catalog_item_version o
                     WHERE o.event_seq = v_maker AND o.publication IN ('due', 'withheld')
                       AND (o.item_id, o.version) <> (p_item_id, p_version));
  -- An accepted version stays accepted: a later refusal of the same content does not take it off the page.
  UPDATE catalog_item_version v SET publication = p_status, publication_at_us = now_us()
   WHERE v.item_id = p_item_id AND v.version = p_version AND v.publication <> 'accepted';
  UPDATE supplier_event x
     SET start_due_us = CASE WHEN v_more THEN x.start_due_us END, held_at_us = CASE WHEN v_more THEN x.held_at_us END,
         failure_mode = CASE WHEN p_status = 'accepted' THEN NULL
                             WHEN v_publication = 'accepted' THEN x.failure_mode ELSE 'publish_rejected' END,
         failure_detail = CASE WHEN p_status = 'accepted' THEN NULL
                               WHEN v_publication = 'accepted' THEN x.failure_detail ELSE p_reason END
   WHERE x.seq = v_maker AND x.decision IS NOT NULL;
END $$;
