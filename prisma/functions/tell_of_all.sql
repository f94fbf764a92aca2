-- Has a tenant's storefronts told of what one that was just opened has not accepted: the newest versions of p_limit items
-- behind p_after, which are due again, behind what comes live. Answers the last item that was looked at; null: that was all.
CREATE OR REPLACE FUNCTION tell_of_all(p_tenant text, p_storefront text, p_after text, p_limit integer)
 RETURNS text
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_last text;
BEGIN
  SELECT max(x.item_id) INTO v_last
    FROM (SELECT i.item_id FROM catalog_item i
           WHERE i.tenant_id = p_tenant AND i.item_id > p_after ORDER BY i.item_id LIMIT p_limit) x;
  WITH untold AS (
    UPDATE catalog_item_version v SET publication = 'due', publication_at_us = v_now
      FROM catalog_item i
     WHERE i.tenant_id = p_tenant AND i.item_id > p_after AND i.item_id <= v_last
       AND v.item_id = i.item_id AND v.version = i.version AND v.publication = 'accepted'
       AND NOT EXISTS (SELECT 1 FROM publish_attempt a
                        WHERE a.item_id = v.item_id AND a.version = v.version AND a.storefront = p_storefront
                          AND a.status = 'accepted')
    RETURNING v.event_seq
  )
  UPDATE supplier_event e SET start_due_us = behind_live_us() + v_now
    FROM untold u WHERE e.seq = u.event_seq AND e.start_due_us IS NULL AND e.decision IS NOT NULL;
  RETURN v_last;
END $$;
