-- Has an open storefront told of what it has not accepted: the newest versions of p_limit items behind p_after, which are due
-- again, behind what comes live. Those that it has rejected are left alone, if that counts still: see next_storefront; and
-- what is withheld goes the way of release_held_events. Answers the last item that was looked at; null: that was all.
CREATE OR REPLACE FUNCTION tell_of_all(p_tenant text, p_storefront text, p_after text, p_limit integer)
 RETURNS text
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_last text;
  v_seqs bigint[];
  v_items text[];
BEGIN
  SELECT max(x.item_id) INTO v_last
    FROM (SELECT i.item_id FROM catalog_item i
           WHERE i.tenant_id = p_tenant AND i.item_id > p_after ORDER BY i.item_id LIMIT p_limit) x;
  SELECT array_agg(v.event_seq), array_agg(v.item_id) INTO v_seqs, v_items
    FROM open_storefronts(ARRAY[p_tenant]) s
    JOIN catalog_item i ON i.tenant_id = s.tenant_id AND i.item_id > p_after AND i.item_id <= v_last
    JOIN catalog_item_version v ON v.item_id = i.item_id AND v.version = i.version
   WHERE s.name = p_storefront
     AND v.publication IN ('accepted', 'rejected', 'failed')
     AND NOT EXISTS (SELECT 1 FROM publish_attempt a
                      WHERE a.item_id = v.item_id AND a.version = v.version AND a.storefront = s.name
                        AND (a.status = 'accepted' AND a.id > s.counts_from OR a.status = 'rejected' AND a.id > s.nos_from));
  -- Before their versions, as whoever ends a publication does.
  PERFORM 1 FROM supplier_event e WHERE e.seq = ANY (v_seqs) ORDER BY e.seq FOR NO KEY UPDATE;
  WITH untold AS (
    UPDATE catalog_item_version v SET publication = 'due', publication_at_us = v_now
      FROM catalog_item i
     WHERE i.item_id = ANY (v_items) AND v.item_id = i.item_id AND v.version = i.version
       AND v.event_seq = ANY (v_seqs) AND v.publication IN ('accepted', 'rejected', 'failed')
    RETURNING v.event_seq
  )
  UPDATE supplier_event e
     SET start_due_us = coalesce(e.start_due_us, behind_live_us() + v_now),
         -- What was given up is under way again.
         failure_mode = CASE WHEN e.failure_mode NOT IN ('publish_rejected', 'storefront_unreachable') THEN e.failure_mode END,
         failure_detail = CASE WHEN e.failure_mode NOT IN ('publish_rejected', 'storefront_unreachable') THEN e.failure_detail END
    FROM untold u
   WHERE e.seq = u.event_seq AND e.decision IS NOT NULL;
  RETURN v_last;
END $$;
