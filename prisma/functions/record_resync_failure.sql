-- Writes down that an event's workflow in a replay ends in failure, if it is believed: see record_event_failure. Its clock
-- is its own: nothing was tried before it was made due. What it says of the event goes into the ledger as if said live;
-- that a storefront could not be told goes to the event that made the version, in the words of the last attempt. What the
-- replay made and will not publish goes the way of live events.
CREATE OR REPLACE FUNCTION record_resync_failure(p_seq bigint, p_replay_id text, p_failure_mode text,
                                                 p_detail text, p_patience_us bigint,
                                                 p_rule_id integer DEFAULT NULL::integer)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
DECLARE
  v_slack constant bigint := 60000000;
  v_since bigint;
  r replay_event%ROWTYPE;
  told publish_attempt%ROWTYPE;
BEGIN
  SELECT * INTO STRICT r FROM replay_event x WHERE x.replay_id = p_replay_id AND x.seq = p_seq;
  IF r.done_at_us IS NOT NULL THEN
    RETURN false;
  END IF;
  SELECT * INTO told FROM publish_attempt a
   WHERE a.item_id = r.item_id AND a.replay_id = p_replay_id AND a.event_seq = p_seq
   -- Another storefront may have accepted it since.
   ORDER BY a.version DESC, a.status = 'accepted', a.id DESC LIMIT 1;
  IF p_failure_mode IN ('malformed_sku', 'clock_drift') THEN
    PERFORM record_event_failure(p_seq, p_failure_mode, p_detail, 0, p_rule_id);
  ELSIF p_failure_mode = 'publish_rejected' THEN
    IF NOT EXISTS (SELECT 1 FROM publish_attempt a
                    WHERE (a.item_id, a.version, a.status) = (told.item_id, told.version, 'rejected')
                      AND a.replay_id = p_replay_id AND a.event_seq = p_seq) THEN
      RETURN false;
    END IF;
  ELSE
    IF p_failure_mode = 'storefront_unreachable' THEN
      SELECT min(a.started_at_us) INTO v_since FROM publish_attempt a
       WHERE a.item_id = r.item_id AND a.replay_id = p_replay_id AND a.event_seq = p_seq;
    END IF;
    v_since := coalesce(v_since, r.first_due_us);
    IF p_patience_us > 0 AND (v_since IS NULL OR now_us() + v_slack < p_patience_us + v_since) THEN
      RETURN false;
    END IF;
    IF p_failure_mode = 'storefront_unreachable' THEN
      PERFORM record_event_failure(v.event_seq, p_failure_mode,
                                   coalesce(CASE WHEN told.status <> 'accepted' THEN told.reason END, p_detail), 0)
         FROM catalog_item_version v
        WHERE v.item_id = told.item_id AND v.version = told.version AND v.publication <> 'accepted';
    ELSE
      PERFORM record_event_failure(p_seq, p_failure_mode, p_detail, p_patience_us)
         FROM supplier_event e WHERE e.seq = p_seq AND e.decision IS NULL;
    END IF;
  END IF;
  IF r.is_last THEN
    PERFORM settle_replay_items(p_replay_id, r.item_id);
    UPDATE supplier_event x SET start_due_us = now_us()
      FROM catalog_item_version v
     WHERE v.item_id = r.item_id AND v.replay_id = p_replay_id AND v.publication = 'due'
       AND x.seq = v.event_seq AND x.start_due_us IS NULL;
  END IF;
  PERFORM finish_replay_event(p_replay_id, p_seq,
    CASE WHEN p_failure_mode IN ('malformed_sku', 'clock_drift') THEN 'rejected' ELSE 'failed' END, p_failure_mode);
  RETURN true;
END $$;
