-- Writes down that an event's workflow ends in failure, so that the ledger says what the workflow says.
CREATE OR REPLACE FUNCTION record_event_failure(p_seq bigint, p_failure_mode text, p_detail text)
 RETURNS void
 LANGUAGE plpgsql
AS $$
DECLARE
  e supplier_event%ROWTYPE;
BEGIN
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq FOR NO KEY UPDATE;
  IF p_failure_mode IN ('malformed_sku', 'clock_drift') THEN
    UPDATE supplier_event x
       SET decision = 'rejected', rule = p_failure_mode, decision_no = nextval('decision_no_seq'),
           decided_at_us = now_us(), failure_mode = p_failure_mode, failure_detail = p_detail,
           start_due_us = NULL, held_at_us = NULL
     WHERE x.seq = p_seq AND x.decision IS NULL;
    RETURN;
  END IF;
  UPDATE catalog_item_version v SET publication = 'failed', publication_at_us = now_us()
   WHERE v.event_seq = p_seq AND v.publication = 'due' AND p_failure_mode <> 'publish_rejected';
  UPDATE supplier_event x
     SET failure_mode = p_failure_mode, failure_detail = p_detail, start_due_us = NULL, held_at_us = NULL
   WHERE x.seq = p_seq;
END $$;
