-- After which newer file a snapshot zeroed nothing.
ALTER TABLE feed_run ADD COLUMN newer_run_id TEXT;

DROP FUNCTION feed_names(text, text, text, text[]);
DROP FUNCTION figure_changes(text, text, text, jsonb[], bigint);

-- Whether a run's file is newer than another run's: it was written later, where both say when, else it came later. No file
-- was written after it came, whatever it says: one of tomorrow would else be newer than all until then.
CREATE OR REPLACE FUNCTION is_newer_file(p_run feed_run, p_other feed_run)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT (CASE WHEN p_run.file_time_us IS NOT NULL AND p_other.file_time_us IS NOT NULL
            THEN least(p_run.file_time_us, p_run.created_at_us) - least(p_other.file_time_us, p_other.created_at_us)
            ELSE 0 END, p_run.created_at_us) > (0, p_other.created_at_us)
$$;

-- Whether a run's file speaks of a figure of an item, so that it is not missing there. Of a file that names p_locations, a
-- figure at another one is none of its business. One without a location would add to those: what its own feed wrote is
-- missing, what another feed did is not, and what came by none is if the file does not name the item. A row whose
-- location cannot be read speaks of all ('\x01').
-- p_seq: of the event that says the figure. By the collation of the index, whatever the caller's.
CREATE OR REPLACE FUNCTION feed_names(p_run feed_run, p_sku_key text, p_seq bigint, p_location text, p_locations text[])
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE WHEN cardinality(p_locations) = 0
    THEN EXISTS (SELECT 1 FROM feed_run_item i WHERE i.run_id = p_run.id AND i.sku_key = p_sku_key COLLATE "default")
    ELSE EXISTS (SELECT 1 FROM feed_run_item i
                  WHERE i.run_id = p_run.id AND i.sku_key = p_sku_key COLLATE "default"
                    AND i.location IN (p_location COLLATE "default", E'\u0001'))
         OR CASE WHEN p_location <> '' THEN p_location <> ALL (p_locations)
              ELSE coalesce((SELECT o.feed_id <> p_run.feed_id FROM feed_event f JOIN feed_run o ON o.id = f.run_id
                              WHERE f.seq = p_seq),
                            EXISTS (SELECT 1 FROM feed_run_item i
                                     WHERE i.run_id = p_run.id AND i.sku_key = p_sku_key COLLATE "default")) END END
$$;

-- What a snapshot says of a figure of its supplier otherwise than by a row of its own; no row: nothing. One that is above
-- 0, older than the snapshot, and not named by it is missing: 0. One that such a step wrote for an older file, and that
-- this one names with another quantity in a row that is no newer, is back: as the row says, from the moment after.
-- p_seq: of the event that says the figure.
CREATE OR REPLACE FUNCTION snapshot_figure(p_run feed_run, p_sku_key text, p_seq bigint, p_location text,
                                           p_quantity integer, p_updated_at_us bigint, p_locations text[])
 RETURNS TABLE(why text, quantity integer, updated_at_us bigint)
 LANGUAGE sql
 STABLE
AS $$
  WITH earlier AS (
    SELECT 1 FROM feed_event f JOIN feed_run o ON o.id = f.run_id
     WHERE f.seq = p_seq AND f.line = 0 AND is_newer_file(p_run, o)
  )
  SELECT 'missing', 0, greatest(p_run.snapshot_us, p_updated_at_us)
   WHERE p_quantity > 0 AND (p_updated_at_us < p_run.snapshot_us OR EXISTS (SELECT 1 FROM earlier))
     AND NOT feed_names(p_run, p_sku_key, p_seq, p_location, p_locations)
  UNION ALL
  SELECT 'back', i.quantity, p_updated_at_us + 1
    FROM feed_run_item i
   WHERE i.run_id = p_run.id AND i.sku_key = p_sku_key COLLATE "default"
     AND i.location = p_location COLLATE "default"
     AND i.quantity <> p_quantity AND i.updated_at_us <= p_updated_at_us AND EXISTS (SELECT 1 FROM earlier)
$$;

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

-- What the figures of a file would do to those that its supplier has said before, item by item: of a run's file
-- (p_run_id), or of one that is no run's (p_items, as note_feed_rows takes them, in parts: a jsonb has at most 256 MB).
-- "before" and "after" are what it has in stock, all locations together; "stocked" counts its figures above 0, and "gone"
-- those of them that would be 0. One without a location, of an item that would have stock at one, has only moved there.
-- p_feed: whose file it is; null: of none that there is. p_snapshot_us: null where absence says nothing. What is absent,
-- feed_names says too.
-- Nobody knows beforehand how many items a file has: a loop over a million of them within another would never end.
CREATE OR REPLACE FUNCTION figure_changes(p_tenant text, p_supplier text, p_feed text, p_run_id text,
                                          p_items jsonb[], p_snapshot_us bigint)
 RETURNS TABLE(sku_key text, heard boolean, named boolean, before bigint, after bigint, stocked bigint, gone bigint)
 LANGUAGE plpgsql
 STABLE
 SET enable_nestloop TO 'off'
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH told AS MATERIALIZED (
    SELECT i.sku_key, i.location, i.quantity, i.updated_at_us FROM feed_run_item i WHERE i.run_id = p_run_id
    UNION ALL
    (SELECT DISTINCT ON (x.sku_key, x.location) x.sku_key, x.location, x.quantity, x."updatedAtUs"
       FROM unnest(p_items) AS part CROSS JOIN LATERAL feed_items(p_tenant, p_supplier, part) x
      ORDER BY x.sku_key, x.location, x."updatedAtUs" DESC NULLS LAST, x.quantity)
  ), named AS MATERIALIZED (
    SELECT t.sku_key, bool_or(t.location = E'\u0001') AS anywhere FROM told t GROUP BY t.sku_key
  ), place AS MATERIALIZED (
    SELECT DISTINCT t.location FROM told t WHERE t.location NOT IN ('', E'\u0001')
  ), said AS (
    SELECT substr(c.item_id, length(p_tenant) + 2) AS sku_key, s.seq, s.location, s.quantity,
           s.updated_at_us, s.expired_by_seq IS NOT NULL AS expired
      FROM catalog_item c CROSS JOIN LATERAL supplier_standing(c.item_id, p_supplier) s
     WHERE c.tenant_id = p_tenant
    UNION ALL
    -- What waits to be decided was said as well: the file before this one may have come a minute ago.
    SELECT sku_key(e.sku), e.seq, e.location, e.quantity, e.updated_at_us, false
      FROM supplier_event e
     WHERE e.tenant_id = p_tenant AND e.supplier_id = p_supplier AND e.decision IS NULL AND e.kind = 'update'
       AND NOT is_unknown(e)
  ), standing AS MATERIALIZED (
    SELECT DISTINCT ON (x.sku_key, x.location)
           x.sku_key, x.seq, x.location, CASE WHEN x.expired THEN 0 ELSE greatest(x.quantity, 0) END AS quantity, x.updated_at_us
      FROM said x ORDER BY x.sku_key, x.location, x.updated_at_us DESC, x.quantity
  ), loose AS MATERIALIZED (
    SELECT s.seq, o.feed_id IS DISTINCT FROM p_feed AS of_another
      FROM standing s JOIN feed_event f ON f.seq = s.seq JOIN feed_run o ON o.id = f.run_id
     WHERE s.location = '' AND EXISTS (SELECT 1 FROM place)
  ), figure AS (
    SELECT s.sku_key, true AS heard, s.quantity AS before,
           CASE WHEN t.quantity IS NOT NULL AND t.updated_at_us >= s.updated_at_us THEN greatest(t.quantity, 0)
                WHEN p_snapshot_us > s.updated_at_us AND t.sku_key IS NULL AND NOT coalesce(n.anywhere, false)
                     AND NOT CASE WHEN NOT EXISTS (SELECT 1 FROM place) THEN n.sku_key IS NOT NULL
                               WHEN s.location <> '' THEN l.location IS NULL
                               ELSE coalesce(w.of_another, n.sku_key IS NOT NULL) END
                THEN 0
                ELSE s.quantity END AS after,
           s.location = '' AND t.sku_key IS NULL AS may_move
      FROM standing s
      LEFT JOIN told t ON t.sku_key = s.sku_key AND t.location = s.location
      LEFT JOIN named n ON n.sku_key = s.sku_key
      LEFT JOIN place l ON l.location = s.location
      LEFT JOIN loose w ON w.seq = s.seq
    UNION ALL
    SELECT t.sku_key, false, 0, greatest(t.quantity, 0), false
      FROM told t LEFT JOIN standing s ON s.sku_key = t.sku_key AND s.location = t.location
     WHERE t.quantity IS NOT NULL AND s.sku_key IS NULL
  ), item AS (
    SELECT x.sku_key, bool_or(x.heard) AS heard, sum(x.before)::bigint AS before, sum(x.after)::bigint AS after,
           count(*) FILTER (WHERE x.before > 0) AS stocked,
           count(*) FILTER (WHERE x.before > 0 AND x.after = 0) AS gone,
           count(*) FILTER (WHERE x.before > 0 AND x.after = 0 AND x.may_move) AS may_move
      FROM figure x GROUP BY x.sku_key
  )
  SELECT coalesce(i.sku_key, n.sku_key), coalesce(i.heard, false), n.sku_key IS NOT NULL, coalesce(i.before, 0),
         coalesce(i.after, 0), coalesce(i.stocked, 0),
         coalesce(i.gone - CASE WHEN i.after > 0 THEN i.may_move ELSE 0 END, 0)
    FROM item i FULL JOIN named n ON n.sku_key = i.sku_key;
END $$;

-- What the figures of a file that was read would do to those that its supplier has said before: see judge-file.ts.
-- p_snapshot_us: null where absence says nothing.
CREATE OR REPLACE FUNCTION feed_run_counts(p_run_id text, p_snapshot_us bigint)
 RETURNS TABLE(known bigint, above0 bigint, zeroed bigint, items bigint, unheard bigint)
 LANGUAGE sql
 STABLE
AS $$
  SELECT count(*) FILTER (WHERE c.heard), coalesce(sum(c.stocked), 0)::bigint, coalesce(sum(c.gone), 0)::bigint,
         count(*) FILTER (WHERE c.named),
         count(*) FILTER (WHERE c.named AND NOT c.heard)
    FROM feed_run r
    JOIN feed f ON f.tenant_id = r.tenant_id AND f.id = r.feed_id
   CROSS JOIN LATERAL figure_changes(r.tenant_id, f.supplier_id, f.id, r.id, NULL, p_snapshot_us) c
   WHERE r.id = p_run_id
$$;
