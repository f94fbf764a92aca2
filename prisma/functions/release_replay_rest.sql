-- Makes due what a replay that has ended made and will not publish itself. Whoever ends a replay may call it, so that
-- nobody needs to be let at the due times of the whole ledger; for a tenant's own only, where it works for one tenant.
CREATE OR REPLACE FUNCTION release_replay_rest(p_replay_id text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
  UPDATE supplier_event e SET start_due_us = now_us()
    FROM replay r JOIN catalog_item_version v ON v.replay_id = r.id
   WHERE r.id = p_replay_id AND r.state <> 'running'
     AND (current_setting('role') <> 'catalog_sync_tenant' OR r.tenant_id = current_setting('catalog_sync.tenant', true))
     AND v.publication = 'due' AND e.seq = v.event_seq AND e.start_due_us IS NULL
     AND NOT EXISTS (SELECT 1 FROM replay_event x
                      WHERE x.replay_id = p_replay_id AND x.item_id = v.item_id AND x.is_last AND x.start_count > 0
                        AND x.done_at_us IS NULL)
$$;
