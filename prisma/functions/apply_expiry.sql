-- What an expiry does when its turn comes: the figure that it is about counts no longer. One that stands no longer by then
-- is marked all the same, for a void may let it stand again. Call it with the item's lock. Answers the version that it
-- made; null where the shop sees no difference.
CREATE OR REPLACE FUNCTION apply_expiry(p_seq bigint, p_item_id text, p_sku text, p_rule_id integer, p_replay_id text)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_stands boolean;
  v_target bigint;
  v_version integer;
  s record;
BEGIN
  SELECT x.seq, EXISTS (SELECT 1 FROM standing_events(p_item_id) n WHERE n.seq = x.seq) INTO v_target, v_stands
    FROM supplier_event e JOIN supplier_event x ON x.seq = e.target_seq
   WHERE e.seq = p_seq AND x.expired_by_seq IS NULL;
  UPDATE supplier_event x SET expired_by_seq = p_seq WHERE x.seq = v_target;
  IF v_stands THEN
    SELECT x.* INTO STRICT s FROM item_stock(p_item_id, p_rule_id) x;
    v_version := write_item(p_item_id, p_sku, p_rule_id, s.stock, s.quantity, s.lead_seq, s.shares, p_seq, 'expiry', 0,
                            false, p_replay_id);
  END IF;
  UPDATE supplier_event x
     SET decision = 'applied', rule = CASE WHEN v_stands THEN 'expiry' ELSE 'expiry_too_late' END,
         decision_no = nextval('decision_no_seq'), decided_at_us = now_us(), item_id = p_item_id, version = v_version,
         held_at_us = NULL, failure_mode = NULL, failure_detail = NULL,
         start_due_us = CASE WHEN v_version IS NOT NULL THEN x.start_due_us END
   WHERE x.seq = p_seq;
  RETURN v_version;
END $$;
