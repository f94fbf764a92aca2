-- Makes an item's row say what its ledger comes to, and a new version where a shop sees a difference, or where p_anyway
-- wants one. Call it with the item's lock. p_lead, p_stock, p_quantity and p_shares are what item_stock says; p_maker is the
-- event that makes the version, p_label how. Answers the new version; null where none was made.
CREATE OR REPLACE FUNCTION write_item(p_item_id text, p_sku text, p_rule_id integer, p_stock bigint, p_quantity integer,
                                      p_lead bigint, p_shares jsonb, p_maker bigint, p_label text, p_above integer,
                                      p_anyway boolean, p_replay_id text)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_version integer;
  e supplier_event%ROWTYPE;
  i catalog_item%ROWTYPE;
  n catalog_item_version%ROWTYPE;
BEGIN
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_lead;
  SELECT * INTO i FROM catalog_item x WHERE x.item_id = p_item_id;
  -- A row that a hand altered, or took away, says nothing of what the shop was told.
  SELECT * INTO n FROM catalog_item_version x WHERE x.item_id = p_item_id ORDER BY x.version DESC LIMIT 1;
  IF p_anyway OR (i.version, i.quantity, i.updated_at_us, n.quantity, n.updated_at_us)
     IS DISTINCT FROM (n.version, p_quantity, e.updated_at_us, p_quantity, e.updated_at_us)
  THEN
    v_version := next_version(p_item_id, p_above);
    PERFORM overtake_versions(p_item_id, v_now);
    INSERT INTO catalog_item_version (item_id, version, event_seq, quantity, updated_at_us, rule, created_at_us,
                                      publication_at_us, replay_id, stock_rule_id, stock, shares)
    VALUES (p_item_id, v_version, p_maker, p_quantity, e.updated_at_us, p_label, v_now, v_now, p_replay_id,
            CASE WHEN p_shares IS NOT NULL THEN p_rule_id END, p_stock, p_shares);
  END IF;
  INSERT INTO catalog_item (item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, winner_seq, version)
  VALUES (p_item_id, e.tenant_id, p_sku, p_quantity, e.updated_at_us, e.supplier_id, e.event_id, e.seq,
          coalesce(v_version, i.version))
  ON CONFLICT (item_id) DO UPDATE
     SET quantity = excluded.quantity, updated_at_us = excluded.updated_at_us, supplier_id = excluded.supplier_id,
         event_id = excluded.event_id, winner_seq = excluded.winner_seq, version = excluded.version;
  RETURN v_version;
END $$;
