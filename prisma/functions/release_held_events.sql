-- Makes due again what closed flags held or withheld and open flags let go. What came by a file and is not decided yet
-- waits behind what comes live, as it did before: see claim_file_events.
CREATE OR REPLACE FUNCTION release_held_events(p_limit integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_released bigint[];
BEGIN
  WITH freed AS MATERIALIZED (
    SELECT e.seq
      FROM supplier s
     CROSS JOIN LATERAL (
       SELECT h.seq FROM supplier_event h
        WHERE h.tenant_id = s.tenant_id AND h.supplier_id = s.id AND h.held_at_us IS NOT NULL AND h.start_due_us IS NULL
          -- Else it waits for an alias, and no flag lets it go.
          AND h.item_id IS NOT NULL
          -- With all storefronts closed there is nobody to be told.
          AND (h.decision IS NULL OR NOT EXISTS (SELECT 1 FROM storefront x WHERE x.tenant_id = s.tenant_id)
               OR EXISTS (SELECT 1 FROM storefront x WHERE x.tenant_id = s.tenant_id AND x.state = 'open'))
        ORDER BY h.seq
        LIMIT p_limit
          FOR NO KEY UPDATE SKIP LOCKED) e
     WHERE event_flows(s.tenant_id, s.id)
     LIMIT p_limit
  ), released AS (
    -- The mark stays until the event goes on, so that its starter knows that the former run may just be ending. Having
    -- been held does not make its lease longer.
    UPDATE supplier_event e
       SET start_due_us = now_us() + CASE WHEN e.decision IS NULL
                                           AND EXISTS (SELECT 1 FROM feed_event f WHERE f.seq = e.seq)
                                          THEN behind_live_us() ELSE 0 END,
           started_by = NULL, start_count = 1
      FROM freed WHERE e.seq = freed.seq
    RETURNING e.seq
  )
  SELECT array_agg(r.seq) INTO v_released FROM released r;
  PERFORM rank_events(v_released);
  RETURN coalesce(cardinality(v_released), 0);
END $$;
