-- Writes down how an attempt ended: accepted, rejected (both end the event), or failed (it will be tried again).
-- The answer is the version's, so it ends the event that made the version; where several storefronts are open, once all of
-- them have accepted it.
CREATE OR REPLACE FUNCTION finish_publish_attempt(p_attempt_id bigint, p_status text, p_http_status integer,
                                                  p_reason text)
 RETURNS TABLE(finished_at_us bigint)
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_maker bigint;
  v_publication text;
  v_more boolean;
  v_by_all boolean := true;
  a publish_attempt%ROWTYPE;
BEGIN
  UPDATE publish_attempt x
     SET status = p_status, http_status = p_http_status, reason = p_reason, finished_at_us = v_now
   WHERE x.id = p_attempt_id
  RETURNING * INTO STRICT a;
  IF p_status = 'accepted' THEN
    SELECT n.verdict = 'accepted' INTO v_by_all
      FROM next_storefront(a.tenant_id, a.item_id, a.version, a.replay_id, '{}') n;
  END IF;
  IF p_status IN ('accepted', 'rejected') AND v_by_all THEN
    SELECT v.event_seq INTO v_maker
      FROM catalog_item_version v WHERE v.item_id = a.item_id AND v.version = a.version;
    PERFORM 1 FROM supplier_event x WHERE x.seq = v_maker FOR NO KEY UPDATE;
    SELECT v.publication INTO v_publication
      FROM catalog_item_version v WHERE v.item_id = a.item_id AND v.version = a.version FOR NO KEY UPDATE;
    -- A void may have given its maker a newer one meanwhile.
    v_more := EXISTS (SELECT 1 FROM catalog_item_version o
                       WHERE o.event_seq = v_maker AND o.publication IN ('due', 'withheld')
                         AND (o.item_id, o.version) <> (a.item_id, a.version));
    -- An accepted version stays accepted: a later refusal of the same content does not take it off the page.
    UPDATE catalog_item_version v SET publication = p_status, publication_at_us = v_now
     WHERE v.item_id = a.item_id AND v.version = a.version AND v.publication <> 'accepted';
    UPDATE supplier_event x
       SET start_due_us = CASE WHEN v_more THEN x.start_due_us END, held_at_us = CASE WHEN v_more THEN x.held_at_us END,
           failure_mode = CASE WHEN p_status = 'accepted' THEN NULL
                               WHEN v_publication = 'accepted' THEN x.failure_mode ELSE 'publish_rejected' END,
           failure_detail = CASE WHEN p_status = 'accepted' THEN NULL
                                 WHEN v_publication = 'accepted' THEN x.failure_detail ELSE p_reason END
     WHERE x.seq = v_maker AND x.decision IS NOT NULL;
  END IF;
  IF a.replay_id IS NOT NULL AND v_by_all THEN
    UPDATE replay_item x SET published_version = a.version, publication = p_status
     WHERE x.replay_id = a.replay_id AND x.item_id = a.item_id;
    IF p_status = 'accepted' THEN
      PERFORM finish_replay_event(a.replay_id, a.event_seq, NULL, NULL);
    END IF;
  END IF;
  RETURN QUERY SELECT v_now;
END $$;
