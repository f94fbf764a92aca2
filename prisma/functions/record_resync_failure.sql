-- Writes down that an event's workflow in a replay ends in failure. What it says of the event goes into the ledger as
-- ever; what it says of a publication goes to the event that made the version.
CREATE OR REPLACE FUNCTION record_resync_failure(p_seq bigint, p_replay_id text, p_failure_mode text,
                                                 p_detail text)
 RETURNS void
 LANGUAGE plpgsql
AS $$
DECLARE
  r replay_event%ROWTYPE;
BEGIN
  SELECT * INTO STRICT r FROM replay_event x WHERE x.replay_id = p_replay_id AND x.seq = p_seq;
  IF r.done_at_us IS NOT NULL THEN
    RETURN;
  END IF;
  IF p_failure_mode IN ('malformed_sku', 'clock_drift') THEN
    PERFORM record_event_failure(p_seq, p_failure_mode, p_detail);
  ELSIF p_failure_mode IN ('publish_rejected', 'storefront_unreachable') THEN
    PERFORM record_event_failure(v.event_seq, p_failure_mode, p_detail)
       FROM (SELECT a.item_id, a.version FROM publish_attempt a
              WHERE a.item_id = r.item_id AND a.replay_id = p_replay_id AND a.event_seq = p_seq
              ORDER BY a.id DESC LIMIT 1) told
       JOIN catalog_item_version v ON v.item_id = told.item_id AND v.version = told.version
      WHERE v.publication <> 'accepted';
  ELSE
    PERFORM record_event_failure(p_seq, p_failure_mode, p_detail)
       FROM supplier_event e WHERE e.seq = p_seq AND e.decision IS NULL;
  END IF;
  IF r.is_last THEN
    PERFORM settle_replay_items(p_replay_id, r.item_id);
  END IF;
  PERFORM finish_replay_event(p_replay_id, p_seq,
    CASE WHEN p_failure_mode IN ('malformed_sku', 'clock_drift') THEN 'rejected' ELSE 'failed' END, p_failure_mode);
END $$;
