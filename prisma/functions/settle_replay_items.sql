-- Says what a replay did to an item, or to all whose last event will not come any more.
CREATE OR REPLACE FUNCTION settle_replay_items(p_replay_id text, p_item_id text)
 RETURNS void
 LANGUAGE sql
AS $$
  UPDATE replay_item x
     SET version_after = s.version,
         outcome = CASE
           WHEN NOT x.touched THEN 'held'
           WHEN x.won THEN 'would_win'
           WHEN x.repaired THEN 'repaired'
           WHEN NOT s.flows THEN 'held'
           WHEN x.publication_before <> 'accepted' THEN 'publish_only'
           WHEN x.superseded THEN 'superseded'
           ELSE 'already_current' END
    FROM (SELECT y.item_id, i.version, coalesce(event_flows(m.tenant_id, m.supplier_id), false) AS flows
            FROM replay_item y
            LEFT JOIN catalog_item i ON i.item_id = y.item_id
            LEFT JOIN catalog_item_version v ON v.item_id = i.item_id AND v.version = i.version
            LEFT JOIN supplier_event m ON m.seq = v.event_seq
           WHERE y.replay_id = p_replay_id AND (p_item_id IS NULL OR y.item_id = p_item_id)) s
   WHERE x.replay_id = p_replay_id AND x.item_id = s.item_id AND x.outcome IS NULL
$$;
