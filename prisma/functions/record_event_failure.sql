-- Writes down that an event's workflow ends in failure, so that the ledger says what the workflow says. A workflow is not
-- its own witness: without proof (p_patience_us is 0 with it) a publication's retries are believed to have ended when they
-- can have lasted p_patience_us, in the words of the last attempt; an undecided event stays due, with its failure beside
-- it, and is tried for as long as it takes. What a storefront refused was written down with its attempt.
-- Answers whether the event has ended so.
CREATE OR REPLACE FUNCTION record_event_failure(p_seq bigint, p_failure_mode text, p_detail text,
                                                p_patience_us bigint, p_rule_id integer DEFAULT NULL::integer)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
DECLARE
  -- Between Temporal's clock and this one.
  v_slack constant bigint := 60000000;
  v_now bigint := now_us();
  e supplier_event%ROWTYPE;
  last publish_attempt%ROWTYPE;
BEGIN
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq FOR NO KEY UPDATE;
  IF p_failure_mode IN ('malformed_sku', 'clock_drift') THEN
    UPDATE supplier_event x
       SET decision = 'rejected', rule = p_failure_mode, decision_no = nextval('decision_no_seq'),
           decided_at_us = v_now, failure_mode = p_failure_mode, failure_detail = p_detail, judged_by = p_rule_id,
           start_due_us = NULL, held_at_us = NULL
     WHERE x.seq = p_seq AND x.decision IS NULL;
    RETURN FOUND;
  END IF;
  SELECT a.* INTO last FROM publish_attempt a
   WHERE (a.item_id, a.version) = (SELECT v.item_id, v.version FROM catalog_item_version v
                                    WHERE v.event_seq = p_seq ORDER BY v.version DESC LIMIT 1)
     -- Another storefront may have accepted it since.
     AND a.status <> 'accepted'
   ORDER BY a.id DESC LIMIT 1;
  IF p_failure_mode = 'publish_rejected' THEN
    RETURN EXISTS (SELECT 1 FROM publish_attempt a
                    WHERE (a.item_id, a.version, a.status) = (last.item_id, last.version, 'rejected'));
  END IF;
  IF p_patience_us > 0 THEN
    IF e.start_due_us IS NULL
      -- Nothing was tried before it came, was let go, had its newest version, or another storefront was to be told.
      OR v_now + v_slack < p_patience_us + greatest(
           e.received_at_us,
           (SELECT max(CASE v.publication WHEN 'due' THEN v.publication_at_us ELSE v.created_at_us END)
              FROM catalog_item_version v WHERE v.event_seq = p_seq),
           (SELECT greatest(t.opened_at_us, s.opened_at_us) FROM tenant t JOIN supplier s ON s.tenant_id = t.id
             WHERE t.id = e.tenant_id AND s.id = e.supplier_id AND e.held_at_us IS NOT NULL))
    THEN
      RETURN false;
    END IF;
    IF e.decision IS NULL THEN
      UPDATE supplier_event x SET failure_mode = 'transaction_timeout', failure_detail = p_detail WHERE x.seq = p_seq;
      RETURN false;
    END IF;
    IF p_failure_mode = 'storefront_unreachable' THEN
      p_detail := coalesce(last.reason, p_detail);
    END IF;
  END IF;
  UPDATE catalog_item_version v SET publication = 'failed', publication_at_us = v_now
   WHERE v.event_seq = p_seq AND v.publication = 'due';
  UPDATE supplier_event x
     SET failure_mode = p_failure_mode, failure_detail = p_detail, start_due_us = NULL, held_at_us = NULL
   WHERE x.seq = p_seq;
  RETURN true;
END $$;
