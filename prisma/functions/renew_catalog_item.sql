-- Gives an item what its ledger comes to by its tenant's stock rule, in a new version above every one that there ever was
-- and above p_above. Call it with the item's lock. Outside a replay the workflow of the event that leads it is started
-- again, to publish that. Answers the version.
CREATE OR REPLACE FUNCTION renew_catalog_item(p_item_id text, p_sku text, p_above integer, p_replay_id text)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_rule_id integer;
  v_version integer;
  s record;
BEGIN
  SELECT t.stock_rule_id INTO STRICT v_rule_id FROM tenant t WHERE t.id = split_part(p_item_id, ':', 1);
  SELECT * INTO STRICT s FROM item_stock(p_item_id, v_rule_id);
  v_version := write_item(p_item_id, p_sku, v_rule_id, s.stock, s.quantity, s.lead_seq, s.shares, s.lead_seq, 'repaired',
                          p_above, true, p_replay_id);
  IF p_replay_id IS NULL THEN
    -- It was started before, so whoever starts it again first asks Temporal how it stands.
    UPDATE supplier_event x
       SET start_due_us = now_us(), start_count = greatest(x.start_count, 1), held_at_us = NULL,
           failure_mode = NULL, failure_detail = NULL
     WHERE x.seq = s.lead_seq;
    PERFORM pg_notify('supplier_event', '');
  END IF;
  RETURN v_version;
END $$;
