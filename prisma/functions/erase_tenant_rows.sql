-- Takes one step of erasing a closed tenant: at most p_rows rows of one of its tables, an event with all that hangs on it;
-- at last its suppliers and the tenant itself. Answers how many rows went; 0 is the end. Under the tenant's exclusive
-- lock, so that nothing of it is decided or told meanwhile. Each event leaves its tombstone. Audit list and prunes stay.
-- begin_erasure has written down who began it.
-- A table of another kind of thing of a tenant joins a list below: those that hang on events before them.
CREATE OR REPLACE FUNCTION erase_tenant_rows(p_tenant text, p_rows integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
#variable_conflict use_column
DECLARE
  v_state text;
  v_prune integer;
  v_table text;
  v_count integer := 0;
  v_gone jsonb;
  v_seqs bigint[];
  v_deliveries integer;
  v_counted integer;
  v_fed integer;
  v_coded integer;
  v_attempts integer;
  v_items integer;
  v_versions integer;
  v_end boolean := false;
BEGIN
  PERFORM pg_advisory_xact_lock(tenant_lock(p_tenant));
  SELECT x.prune_id INTO v_prune FROM tenant_erasure x WHERE x.tenant_id = p_tenant AND x.rows_gone_at_us IS NULL
     FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no erasure of tenant % is under way', p_tenant USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  SELECT t.state INTO v_state FROM tenant t WHERE t.id = p_tenant;
  IF v_state <> 'closed' THEN
    RAISE EXCEPTION 'tenant % is %, not closed', p_tenant, v_state USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;

  -- Without its secrets a supplier's delivery is refused: so nothing comes in any more.
  FOREACH v_table IN ARRAY ARRAY['supplier_secret', 'console_session', 'api_token', 'gate_request', 'checklist_item',
                                 'gate_watch', 'trace_review', 'signal_sample', 'ignored_field', 'refused_delivery',
                                 'sku_alias', 'freshest_event'] LOOP
    EXECUTE format('DELETE FROM %1$I WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$I WHERE tenant_id = $1 LIMIT $2))', v_table)
      USING p_tenant, p_rows;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    EXIT WHEN v_count > 0;
  END LOOP;
  IF v_count = 0 THEN
    v_table := 'storefront_probe';
    -- By bytes, which an index knows: other tenants' probes are many.
    DELETE FROM storefront_probe p
     WHERE p.id = ANY (ARRAY(SELECT x.id FROM storefront_probe x
                               WHERE x.item_id COLLATE "C" >= p_tenant || ':' AND x.item_id COLLATE "C" < p_tenant || ';'
                               LIMIT p_rows));
    GET DIAGNOSTICS v_count = ROW_COUNT;
  END IF;
  IF v_count = 0 THEN
    v_table := 'sweep_finding';
    DELETE FROM sweep_finding f WHERE f.ctid = ANY (ARRAY(
      SELECT x.ctid FROM sweep s JOIN sweep_finding x ON x.sweep_id = s.id WHERE s.tenant_id = p_tenant LIMIT p_rows));
    GET DIAGNOSTICS v_count = ROW_COUNT;
  END IF;
  IF v_count = 0 THEN
    FOREACH v_table IN ARRAY ARRAY['feed_file', 'feed_refusal', 'feed_run_item'] LOOP
      EXECUTE format('DELETE FROM %1$I f WHERE f.ctid = ANY (ARRAY(SELECT x.ctid FROM feed_run r JOIN %1$I x ON x.run_id = r.id '
                     'WHERE r.tenant_id = $1 LIMIT $2))', v_table)
        USING p_tenant, p_rows;
      GET DIAGNOSTICS v_count = ROW_COUNT;
      EXIT WHEN v_count > 0;
    END LOOP;
  END IF;
  IF v_count = 0 THEN
    v_table := 'replay_event';
    DELETE FROM replay_event f WHERE f.ctid = ANY (ARRAY(
      SELECT x.ctid FROM replay r JOIN replay_event x ON x.replay_id = r.id WHERE r.tenant_id = p_tenant LIMIT p_rows));
    GET DIAGNOSTICS v_count = ROW_COUNT;
  END IF;
  IF v_count = 0 THEN
    v_table := 'replay_item';
    DELETE FROM replay_item f WHERE f.ctid = ANY (ARRAY(
      SELECT x.ctid FROM replay r JOIN replay_item x ON x.replay_id = r.id WHERE r.tenant_id = p_tenant LIMIT p_rows));
    GET DIAGNOSTICS v_count = ROW_COUNT;
  END IF;

  IF v_count = 0 THEN
    v_table := 'supplier_event';
    -- A void and the event that it voids name each other, so they go together.
    WITH RECURSIVE batch (seq) AS (
      (SELECT e.seq FROM supplier_event e WHERE e.tenant_id = p_tenant LIMIT p_rows)
      UNION
      SELECT other.seq FROM batch b
       CROSS JOIN LATERAL (SELECT x.seq FROM supplier_event x WHERE x.target_seq = b.seq
                           UNION ALL
                           SELECT x.target_seq FROM supplier_event x WHERE x.seq = b.seq AND x.target_seq IS NOT NULL) other
    )
    SELECT coalesce(array_agg(b.seq), '{}') INTO v_seqs FROM batch b;
    v_count := cardinality(v_seqs);
    IF v_count > 0 THEN
      INSERT INTO pruned_event (key, digest, prune_id)
      SELECT event_key(e.tenant_id, e.supplier_id, e.event_id), half_digest(e.digest), v_prune
        FROM supplier_event e WHERE e.seq = ANY (v_seqs)
      ON CONFLICT (key) DO UPDATE SET digest = excluded.digest, prune_id = excluded.prune_id, file = NULL;
      DELETE FROM duplicate_delivery d WHERE d.seq = ANY (v_seqs);
      GET DIAGNOSTICS v_deliveries = ROW_COUNT;
      DELETE FROM duplicate_count c WHERE c.seq = ANY (v_seqs);
      GET DIAGNOSTICS v_counted = ROW_COUNT;
      DELETE FROM feed_event f WHERE f.seq = ANY (v_seqs);
      GET DIAGNOSTICS v_fed = ROW_COUNT;
      DELETE FROM event_code c WHERE c.seq = ANY (v_seqs);
      GET DIAGNOSTICS v_coded = ROW_COUNT;
      DELETE FROM publish_attempt a
       WHERE a.id IN (SELECT x.id FROM publish_attempt x WHERE x.event_seq = ANY (v_seqs)
                      UNION ALL
                      SELECT x.id FROM catalog_item_version v
                        JOIN publish_attempt x ON x.item_id = v.item_id AND x.version = v.version
                       WHERE v.event_seq = ANY (v_seqs));
      GET DIAGNOSTICS v_attempts = ROW_COUNT;
      DELETE FROM catalog_item i WHERE i.winner_seq = ANY (v_seqs);
      GET DIAGNOSTICS v_items = ROW_COUNT;
      DELETE FROM catalog_item_version v WHERE v.event_seq = ANY (v_seqs);
      GET DIAGNOSTICS v_versions = ROW_COUNT;
      DELETE FROM supplier_event e WHERE e.seq = ANY (v_seqs);
      v_gone := jsonb_build_object('supplier_event', v_count, 'duplicate_delivery', v_deliveries,
                                   'duplicate_count', v_counted, 'feed_event', v_fed, 'event_code', v_coded,
                                   'publish_attempt', v_attempts,
                                   'catalog_item', v_items, 'catalog_item_version', v_versions);
    END IF;
  END IF;

  IF v_count = 0 THEN
    FOREACH v_table IN ARRAY ARRAY['catalog_item', 'replay', 'sweep', 'feed_run', 'feed_version', 'feed'] LOOP
      EXECUTE format('DELETE FROM %1$I WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$I WHERE tenant_id = $1 LIMIT $2))', v_table)
        USING p_tenant, p_rows;
      GET DIAGNOSTICS v_count = ROW_COUNT;
      EXIT WHEN v_count > 0;
    END LOOP;
  END IF;
  IF v_count = 0 THEN
    v_table := 'archived_rival';
    DELETE FROM archived_rival a WHERE a.seq = ANY (ARRAY(
      SELECT x.seq FROM prune_run r JOIN archived_rival x ON x.prune_id = r.id WHERE r.tenant_id = p_tenant LIMIT p_rows));
    GET DIAGNOSTICS v_count = ROW_COUNT;
  END IF;

  IF v_count = 0 THEN
    DELETE FROM supplier s WHERE s.tenant_id = p_tenant;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_gone := jsonb_build_object('supplier', v_count);
    DELETE FROM storefront s WHERE s.tenant_id = p_tenant;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_gone := v_gone || jsonb_build_object('storefront', v_count);
    DELETE FROM tenant t WHERE t.id = p_tenant;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_gone := v_gone || jsonb_build_object('tenant', v_count);
    DELETE FROM stock_rule r WHERE r.tenant_id = p_tenant;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_gone := v_gone || jsonb_build_object('stock_rule', v_count);
    UPDATE tenant_erasure x SET rows_gone_at_us = now_us() WHERE x.tenant_id = p_tenant;
    UPDATE prune_run r SET state = 'completed', finished_at_us = now_us(), seen_at_us = now_us() WHERE r.id = v_prune;
    v_end := true;
  END IF;
  v_gone := coalesce(v_gone, jsonb_build_object(v_table, v_count));
  UPDATE tenant_erasure x
     SET erased = (SELECT coalesce(jsonb_object_agg(one.name, one.rows) FILTER (WHERE one.rows > 0), '{}')
                     FROM (SELECT k AS name, coalesce((x.erased ->> k)::bigint, 0) + coalesce((v_gone ->> k)::bigint, 0) AS rows
                             FROM jsonb_object_keys(x.erased || v_gone) k) one)
   WHERE x.tenant_id = p_tenant;
  IF v_end THEN
    RETURN 0;
  END IF;
  UPDATE prune_run r SET seen_at_us = now_us() WHERE r.id = v_prune;
  RETURN (SELECT sum(one.value::integer) FROM jsonb_each_text(v_gone) one);
END $$;
