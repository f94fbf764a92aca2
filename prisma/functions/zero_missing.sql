-- Takes the next step of a snapshot that is wholly in the ledger: of p_limit items of the catalog, each figure of the
-- supplier that is above 0, older than the snapshot, and not in its file gets an event of 0 that names the run. Answers
-- whether that was all; null: the run is not there any more. Started
-- again at any point, it does nothing twice: the events' ids say of what they are.
CREATE OR REPLACE FUNCTION zero_missing(p_run_id text, p_limit integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  r feed_run%ROWTYPE;
  v_supplier text;
  v_locations text[];
  v_last text;
  v_seen integer;
  v_events jsonb;
  v_receipts jsonb;
  v_fresh integer;
BEGIN
  SELECT * INTO r FROM feed_run x WHERE x.id = p_run_id AND x.state = 'zeroing' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF r.snapshot_us IS NULL THEN
    RETURN true;
  END IF;
  SELECT f.supplier_id INTO v_supplier FROM feed f WHERE f.tenant_id = r.tenant_id AND f.id = r.feed_id;
  v_locations := ARRAY(SELECT DISTINCT i.location FROM feed_run_item i
                        WHERE i.run_id = p_run_id AND i.location NOT IN ('', E'\u0001'));
  -- First those of which nothing is decided yet: once they are, they are in the catalog, and come with its pages.
  IF r.zeroed_upto = '' THEN
    -- One that waits for an alias is named by its code, and so is its zero, which waits as well.
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
             'sku', m.sku, 'location', m.location, 'of', r.tenant_id || ':' || m.sku_key,
             'isSku', CASE WHEN NOT m.waits THEN true END)))
      INTO v_events
      FROM (SELECT u.* FROM (
              SELECT DISTINCT ON (sku_key(e.sku), e.location) sku_key(e.sku) AS sku_key, e.sku, e.location, e.quantity,
                     e.updated_at_us, is_unknown(e) AS waits
                FROM supplier_event e
               WHERE e.tenant_id = r.tenant_id AND e.supplier_id = v_supplier AND e.decision IS NULL AND e.kind = 'update'
                 -- Of what its own rows say, and these are many.
                 AND NOT EXISTS (SELECT 1 FROM feed_event f WHERE f.seq = e.seq AND f.run_id = p_run_id AND f.line > 0)
               ORDER BY sku_key(e.sku), e.location, e.updated_at_us DESC, e.quantity) u
             WHERE u.quantity > 0 AND u.updated_at_us < r.snapshot_us
               AND NOT feed_names(p_run_id, u.sku_key, u.location, v_locations)
             LIMIT p_limit) m;
  ELSE
    WITH page AS MATERIALIZED (
      SELECT c.item_id FROM catalog_item c
       WHERE c.tenant_id = r.tenant_id AND c.item_id COLLATE "C" > r.zeroed_upto
       ORDER BY c.item_id COLLATE "C" LIMIT p_limit
    ), missing AS (
      SELECT s.sku, s.location, p.item_id
        FROM page p CROSS JOIN LATERAL supplier_standing(p.item_id, v_supplier) s
       WHERE s.quantity > 0 AND s.expired_by_seq IS NULL AND s.updated_at_us < r.snapshot_us
         AND NOT feed_names(p_run_id, substr(p.item_id, length(r.tenant_id) + 2), s.location, v_locations)
    )
    SELECT (SELECT count(*) FROM page), (SELECT max(p.item_id COLLATE "C") FROM page p),
           (SELECT jsonb_agg(jsonb_build_object('sku', m.sku, 'location', m.location, 'of', m.item_id, 'isSku', true))
              FROM missing m)
      INTO v_seen, v_last, v_events;
  END IF;
  IF v_events IS NOT NULL THEN
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('eventId', m.id, 'sku', m.sku, 'location', m.location,
             'quantity', 0, 'isSku', m."isSku",
             'updatedAtUs', r.snapshot_us::text, 'line', 0,
             'workflowId', 'sync:' || r.tenant_id || ':' || v_supplier || ':' || replace(m.id, ':', '%3A'))))
      INTO v_events
      FROM (SELECT 'missing:' || p_run_id || ':' || md5(jsonb_build_array(x.of, x.location)::text) AS id, x.*
              FROM jsonb_to_recordset(v_events) AS x (sku text, location text, of text, "isSku" boolean)) m;
    SELECT jsonb_agg(jsonb_build_object('workflowId', x.workflow_id, 'status', x.status, 'line', 0))
      INTO v_receipts FROM record_supplier_events(r.tenant_id, v_supplier, v_events, true) x;
    PERFORM note_feed_events(p_run_id, v_receipts);
  END IF;
  v_fresh := (SELECT count(*) FROM jsonb_array_elements(coalesce(v_receipts, '[]')) y WHERE y ->> 'status' = 'accepted');
  UPDATE feed_run x
     -- Before every item's id.
     SET zeroed_upto = coalesce(v_last, CASE WHEN r.zeroed_upto = '' AND v_fresh = 0 THEN ' ' END, x.zeroed_upto),
         zeroed = x.zeroed + v_fresh
   WHERE x.id = p_run_id;
  RETURN r.zeroed_upto <> '' AND v_seen = 0;
END $$;
