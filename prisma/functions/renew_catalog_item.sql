-- Gives an item to the event that wins it by the ledger, in a new version above every one that there ever was and above
-- p_above. Call it with the item's lock. Outside a replay the event's workflow is started again, to publish that.
-- Answers the version.
CREATE OR REPLACE FUNCTION renew_catalog_item(p_item_id text, p_sku text, p_above integer, p_replay_id text)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  w supplier_event%ROWTYPE;
  v_version integer;
BEGIN
  SELECT * INTO STRICT w FROM supplier_event x WHERE x.seq = true_winner(p_item_id);
  v_version := next_version(p_item_id, p_above);
  UPDATE catalog_item_version x SET publication = 'overtaken', publication_at_us = v_now
   WHERE x.item_id = p_item_id AND x.publication IN ('due', 'withheld');
  INSERT INTO catalog_item_version (item_id, version, event_seq, quantity, updated_at_us, rule, created_at_us,
                                    publication_at_us, replay_id)
  VALUES (p_item_id, v_version, w.seq, w.quantity, w.updated_at_us, 'repaired', v_now, v_now, p_replay_id);
  INSERT INTO catalog_item (item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, winner_seq, version)
  VALUES (p_item_id, w.tenant_id, p_sku, w.quantity, w.updated_at_us, w.supplier_id, w.event_id, w.seq, v_version)
  ON CONFLICT (item_id) DO UPDATE
     SET quantity = excluded.quantity, updated_at_us = excluded.updated_at_us, supplier_id = excluded.supplier_id,
         event_id = excluded.event_id, winner_seq = excluded.winner_seq, version = excluded.version;
  IF p_replay_id IS NULL THEN
    -- It was started before, so whoever starts it again first asks Temporal how it stands.
    UPDATE supplier_event x
       SET start_due_us = v_now, start_count = greatest(x.start_count, 1), held_at_us = NULL,
           failure_mode = NULL, failure_detail = NULL
     WHERE x.seq = w.seq;
    PERFORM pg_notify('supplier_event', '');
  END IF;
  RETURN v_version;
END $$;
