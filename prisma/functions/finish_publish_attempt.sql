-- Writes down how an attempt ended: accepted, rejected (both end the event), or failed (it will be tried again).
-- The answer is the version's, so it ends the event that made the version; where several storefronts are open, once all of
-- them have accepted it. A no that counts no more (see next_storefront) ends nothing.
CREATE OR REPLACE FUNCTION finish_publish_attempt(p_attempt_id bigint, p_status text, p_http_status integer,
                                                  p_reason text)
 RETURNS TABLE(finished_at_us bigint)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $$
DECLARE
  v_now bigint := now_us();
  v_ends boolean := true;
  a publish_attempt%ROWTYPE;
BEGIN
  UPDATE publish_attempt x
     SET status = p_status, http_status = p_http_status, reason = p_reason, finished_at_us = v_now
   WHERE x.id = p_attempt_id
  RETURNING * INTO STRICT a;
  IF p_status = 'accepted' THEN
    SELECT n.verdict = 'accepted' INTO v_ends
      FROM next_storefront(a.tenant_id, a.item_id, a.version, a.replay_id, '{}') n;
  ELSIF p_status = 'rejected' THEN
    v_ends := NOT EXISTS (SELECT 1 FROM storefront s
                           WHERE s.tenant_id = a.tenant_id AND s.name = a.storefront AND s.nos_from >= a.id)
          AND NOT EXISTS (SELECT 1 FROM open_storefronts(ARRAY[a.tenant_id]) s
                           WHERE s.name = a.storefront AND s.nos_from >= a.id);
  END IF;
  IF p_status IN ('accepted', 'rejected') AND v_ends THEN
    PERFORM end_publication(a.item_id, a.version, p_status, p_reason);
  END IF;
  IF a.replay_id IS NOT NULL AND v_ends THEN
    UPDATE replay_item x SET published_version = a.version, publication = p_status
     WHERE x.replay_id = a.replay_id AND x.item_id = a.item_id;
    IF p_status = 'accepted' THEN
      PERFORM finish_replay_event(a.replay_id, a.event_seq, NULL, NULL);
    END IF;
  END IF;
  RETURN QUERY SELECT v_now;
END $$;
