-- Takes an event out of the contest for its item. p_void_seq is the void's own row in the ledger, fresh and undecided.
-- What the others come to takes the item over, where that is something else in a version above all there were, and the
-- workflow of the event that leads it is started again to publish that.
-- verdict: voided; or, with nothing written: voided_before, not_contesting (a void, or rejected), last (no other event
-- of the item is decided: nothing would be left to show).
CREATE OR REPLACE FUNCTION apply_void(p_void_seq bigint, p_target_seq bigint, p_item_id text, p_reason text,
                                      p_actor text)
 RETURNS TABLE(verdict text, version integer, winner_seq bigint)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint;
  v_tenant text;
  v_rule_id integer;
  v_weighs boolean;
  v_version integer;
  e supplier_event%ROWTYPE;
  t supplier_event%ROWTYPE;
  i catalog_item%ROWTYPE;
  n record;
BEGIN
  SELECT x.tenant_id INTO STRICT v_tenant FROM supplier_event x WHERE x.seq = p_target_seq;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(v_tenant));
  PERFORM pg_advisory_xact_lock(item_lock(p_item_id));
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_target_seq FOR NO KEY UPDATE;
  v_now := now_us();

  IF e.voided_by_seq IS NOT NULL THEN
    RETURN QUERY SELECT 'voided_before', NULL::integer, NULL::bigint;
    RETURN;
  ELSIF e.kind IN ('void', 'expiry') OR e.decision = 'rejected' THEN
    RETURN QUERY SELECT 'not_contesting', NULL::integer, NULL::bigint;
    RETURN;
  ELSIF e.decision IN ('won', 'superseded') AND NOT EXISTS (
    SELECT 1 FROM contending_events(p_item_id) x WHERE x.seq <> e.seq)
  THEN
    RETURN QUERY SELECT 'last', NULL::integer, NULL::bigint;
    RETURN;
  END IF;

  -- Asked before the event is out: it may be the last that makes the item one of shares.
  SELECT x.stock_rule_id,
         EXISTS (SELECT 1 FROM standing_events(p_item_id) s WHERE s.seq = p_target_seq)
         AND (x.stock_rule_before IS NOT NULL OR NOT is_plain(p_item_id, x.stock_rule_id))
    INTO STRICT v_rule_id, v_weighs
    FROM tenant x WHERE x.id = v_tenant;

  IF e.decision IS NULL THEN
    UPDATE supplier_event x
       SET voided_by_seq = p_void_seq, decision = 'voided', rule = 'voided', decision_no = nextval('decision_no_seq'),
           decided_at_us = v_now, item_id = p_item_id, start_due_us = NULL, held_at_us = NULL,
           failure_mode = NULL, failure_detail = NULL
     WHERE x.seq = p_target_seq;
  ELSE
    UPDATE supplier_event x SET voided_by_seq = p_void_seq WHERE x.seq = p_target_seq;
  END IF;

  SELECT * INTO i FROM catalog_item x WHERE x.item_id = p_item_id;
  IF i.winner_seq = p_target_seq OR i.item_id IS NOT NULL AND v_weighs THEN
    SELECT s.* INTO STRICT n FROM item_stock(p_item_id, v_rule_id) s;
    SELECT * INTO STRICT t FROM supplier_event x WHERE x.seq = n.lead_seq;
    IF (n.quantity, t.updated_at_us) IS DISTINCT FROM (i.quantity, i.updated_at_us) THEN
      v_version := renew_catalog_item(p_item_id, i.sku, 0, NULL);
    ELSE
      UPDATE catalog_item x SET supplier_id = t.supplier_id, event_id = t.event_id, winner_seq = t.seq
       WHERE x.item_id = p_item_id;
    END IF;
  END IF;

  -- What stands in its place now may be old.
  PERFORM look_again_for_expiry(x.tenant_id, x.supplier_id, x.updated_at_us) FROM standing_events(p_item_id) x
    WHERE x.supplier_id = e.supplier_id AND x.location = e.location;

  UPDATE supplier_event x
     SET kind = 'void', target_seq = p_target_seq, reason = p_reason, actor = p_actor, item_id = p_item_id,
         decision = 'applied', rule = 'void', decision_no = nextval('decision_no_seq'), decided_at_us = v_now,
         version = v_version
   WHERE x.seq = p_void_seq;
  RETURN QUERY SELECT 'voided', v_version, x.winner_seq FROM (SELECT 1) once
    LEFT JOIN catalog_item x ON x.item_id = p_item_id;
END $$;
