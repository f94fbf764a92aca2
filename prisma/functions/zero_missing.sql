-- Takes the next step of a snapshot that is wholly in the ledger: of p_limit items of the catalog, each figure of the
-- supplier that is above 0, older than the snapshot, and not in its file gets an event of 0 that names the run; and what
-- was missing from an older one, and is in this one as it was, one that brings it back: see snapshot_figure. Answers
-- whether that was all; null: the run is not there any more. After a newer file nothing is missing: the run says which
-- one that was. Started again at any point, it does nothing twice: the
-- events' ids say of what they are.
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
  v_back integer;
BEGIN
  SELECT * INTO r FROM feed_run x WHERE x.id = p_run_id AND x.state = 'zeroing' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF r.snapshot_us IS NULL THEN
    RETURN true;
  END IF;
  -- A newer file has said since what is there, and what is not.
  UPDATE feed_run x SET newer_run_id = o.id
    FROM (SELECT n.id FROM feed_run n
           WHERE n.tenant_id = r.tenant_id AND n.feed_id = r.feed_id AND n.state = 'completed' AND is_newer_file(n, r)
           ORDER BY n.created_at_us DESC LIMIT 1) o
   WHERE x.id = p_run_id;
  IF FOUND THEN
    RETURN true;
  END IF;
  SELECT f.supplier_id INTO v_supplier FROM feed f WHERE f.tenant_id = r.tenant_id AND f.id = r.feed_id;
  v_locations := ARRAY(SELECT DISTINCT i.location FROM feed_run_item i
                        WHERE i.run_id = p_run_id AND i.location NOT IN ('', E'\u0001'));
  -- First those of which nothing is decided yet: once they are, they are in the catalog, and come with its pages.
  IF r.zeroed_upto = '' THEN
    -- One that waits for an alias is named by its code, and so is what is said of it here, which waits as well.
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
             'why', m.why, 'sku', m.sku, 'location', m.location, 'quantity', m.quantity, 'updatedAtUs', m.updated_at_us,
             'of', r.tenant_id || ':' || m.sku_key, 'isSku', CASE WHEN NOT m.waits THEN true END)))
      INTO v_events
      FROM (SELECT u.sku, u.location, u.sku_key, u.waits, s.*
              FROM (SELECT DISTINCT ON (sku_key(e.sku), e.location) sku_key(e.sku) AS sku_key, e.seq, e.sku, e.location,
                           e.quantity, e.updated_at_us, is_unknown(e) AS waits
                      FROM supplier_event e
                     WHERE e.tenant_id = r.tenant_id AND e.supplier_id = v_supplier AND e.decision IS NULL
                       AND e.kind = 'update'
                       -- Of what its own rows say, and these are many.
                       AND NOT EXISTS (SELECT 1 FROM feed_event f
                                        WHERE f.seq = e.seq AND f.run_id = p_run_id AND f.line > 0)
                     ORDER BY sku_key(e.sku), e.location, e.updated_at_us DESC, e.quantity) u
             CROSS JOIN LATERAL snapshot_figure(r, u.sku_key, u.seq, u.location, u.quantity, u.updated_at_us,
                                                v_locations) s
             -- Of what the file names as it is, there is nothing to ask; with many undecided, that is most of them. By the
             -- collations of the index.
             WHERE NOT EXISTS (SELECT 1 FROM feed_run_item i
                                WHERE i.run_id = p_run_id AND i.sku_key = u.sku_key COLLATE "default"
                                  AND i.location = u.location COLLATE "default")
                OR EXISTS (SELECT 1 FROM feed_event f WHERE f.seq = u.seq AND f.line = 0)
             LIMIT p_limit) m;
  ELSE
    WITH page AS MATERIALIZED (
      SELECT c.item_id, substr(c.item_id, length(r.tenant_id) + 2) AS sku_key FROM catalog_item c
       WHERE c.tenant_id = r.tenant_id AND c.item_id COLLATE "C" > r.zeroed_upto
       ORDER BY c.item_id COLLATE "C" LIMIT p_limit
    ), said AS (
      SELECT e.sku, e.location, p.item_id, s.*
        FROM page p CROSS JOIN LATERAL supplier_standing(p.item_id, v_supplier) e
       CROSS JOIN LATERAL snapshot_figure(r, p.sku_key, e.seq, e.location, e.quantity, e.updated_at_us, v_locations) s
       WHERE e.expired_by_seq IS NULL
    )
    SELECT (SELECT count(*) FROM page), (SELECT max(p.item_id COLLATE "C") FROM page p),
           (SELECT jsonb_agg(jsonb_build_object('why', m.why, 'sku', m.sku, 'location', m.location, 'quantity', m.quantity,
                                                'updatedAtUs', m.updated_at_us, 'of', m.item_id, 'isSku', true))
              FROM said m)
      INTO v_seen, v_last, v_events;
  END IF;
  IF v_events IS NOT NULL THEN
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('eventId', m.id, 'sku', m.sku, 'location', m.location,
             'quantity', m.quantity, 'isSku', m."isSku", 'updatedAtUs', m."updatedAtUs"::text, 'line', 0,
             'workflowId', 'sync:' || r.tenant_id || ':' || v_supplier || ':' || replace(m.id, ':', '%3A'))))
      INTO v_events
      FROM (SELECT x.why || ':' || p_run_id || ':' || md5(jsonb_build_array(x.of, x.location)::text) AS id, x.*
              FROM jsonb_to_recordset(v_events)
                AS x (why text, sku text, location text, quantity integer, "updatedAtUs" bigint, of text, "isSku" boolean)) m;
    SELECT jsonb_agg(jsonb_build_object('workflowId', x.workflow_id, 'status', x.status, 'line', 0)),
           count(*) FILTER (WHERE x.status = 'accepted'),
           count(*) FILTER (WHERE x.status = 'accepted' AND x.event_id LIKE 'back:%')
      INTO v_receipts, v_fresh, v_back FROM record_supplier_events(r.tenant_id, v_supplier, v_events, true) x;
    PERFORM note_feed_events(p_run_id, v_receipts);
  END IF;
  UPDATE feed_run x
     -- Before every item's id.
     SET zeroed_upto = coalesce(v_last, CASE WHEN r.zeroed_upto = '' AND coalesce(v_fresh, 0) = 0 THEN ' ' END, x.zeroed_upto),
         zeroed = x.zeroed + coalesce(v_fresh - v_back, 0),
         accepted = x.accepted + coalesce(v_back, 0)
   WHERE x.id = p_run_id;
  RETURN r.zeroed_upto <> '' AND v_seen = 0;
END $$;
