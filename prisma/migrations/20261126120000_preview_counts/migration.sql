-- What a file would do is known by one function, to the guards and to the preview; and a run says what is to be known of
-- its events beside what is refused.
ALTER TABLE feed_run ADD COLUMN notices jsonb NOT NULL DEFAULT '{}';

-- What the figures of a file would do to those that its supplier has said before, item by item: of a run's file
-- (p_run_id), or of one that is no run's (p_items, as note_feed_rows takes them, in parts: a jsonb has at most 256 MB).
-- "before" and "after" are what it has in stock, all locations together; p_snapshot_us: null where absence says nothing.
-- What is absent, feed_names says too.
-- Nobody knows beforehand how many items a file has: a loop over a million of them within another would never end.
CREATE OR REPLACE FUNCTION figure_changes(p_tenant text, p_supplier text, p_run_id text, p_items jsonb[],
                                          p_snapshot_us bigint)
 RETURNS TABLE(sku_key text, heard boolean, named boolean, before bigint, after bigint)
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
    SELECT substr(c.item_id, length(p_tenant) + 2) AS sku_key, s.location, s.quantity, s.updated_at_us,
           s.expired_by_seq IS NOT NULL AS expired
      FROM catalog_item c CROSS JOIN LATERAL supplier_standing(c.item_id, p_supplier) s
     WHERE c.tenant_id = p_tenant
    UNION ALL
    -- What waits to be decided was said as well: the file before this one may have come a minute ago.
    SELECT sku_key(e.sku), e.location, e.quantity, e.updated_at_us, false
      FROM supplier_event e
     WHERE e.tenant_id = p_tenant AND e.supplier_id = p_supplier AND e.decision IS NULL AND e.kind = 'update'
       AND NOT is_unknown(e)
  ), standing AS MATERIALIZED (
    SELECT DISTINCT ON (x.sku_key, x.location)
           x.sku_key, x.location, CASE WHEN x.expired THEN 0 ELSE greatest(x.quantity, 0) END AS quantity, x.updated_at_us
      FROM said x ORDER BY x.sku_key, x.location, x.updated_at_us DESC, x.quantity
  ), figure AS (
    SELECT s.sku_key, true AS heard, s.quantity AS before,
           CASE WHEN t.quantity IS NOT NULL AND t.updated_at_us >= s.updated_at_us THEN greatest(t.quantity, 0)
                WHEN p_snapshot_us > s.updated_at_us
                     AND NOT CASE WHEN EXISTS (SELECT 1 FROM place)
                               THEN t.sku_key IS NOT NULL OR coalesce(n.anywhere, false) OR l.location IS NULL
                               ELSE n.sku_key IS NOT NULL END
                THEN 0
                ELSE s.quantity END AS after
      FROM standing s
      LEFT JOIN told t ON t.sku_key = s.sku_key AND t.location = s.location
      LEFT JOIN named n ON n.sku_key = s.sku_key
      LEFT JOIN place l ON l.location = s.location
    UNION ALL
    SELECT t.sku_key, false, 0, greatest(t.quantity, 0)
      FROM told t LEFT JOIN standing s ON s.sku_key = t.sku_key AND s.location = t.location
     WHERE t.quantity IS NOT NULL AND s.sku_key IS NULL
  ), item AS (
    SELECT x.sku_key, bool_or(x.heard) AS heard, sum(x.before)::bigint AS before, sum(x.after)::bigint AS after
      FROM figure x GROUP BY x.sku_key
  )
  SELECT coalesce(i.sku_key, n.sku_key), coalesce(i.heard, false), n.sku_key IS NOT NULL, coalesce(i.before, 0),
         coalesce(i.after, 0)
    FROM item i FULL JOIN named n ON n.sku_key = i.sku_key;
END $$;

-- What the figures of a file that was read would do to those that its supplier has said before: see judge-file.ts.
-- p_snapshot_us: null where absence says nothing.
CREATE OR REPLACE FUNCTION feed_run_counts(p_run_id text, p_snapshot_us bigint)
 RETURNS TABLE(known bigint, above0 bigint, zeroed bigint, items bigint, unheard bigint)
 LANGUAGE sql
 STABLE
AS $$
  SELECT count(*) FILTER (WHERE c.heard), count(*) FILTER (WHERE c.before > 0),
         count(*) FILTER (WHERE c.before > 0 AND c.after = 0), count(*) FILTER (WHERE c.named),
         count(*) FILTER (WHERE c.named AND NOT c.heard)
    FROM feed_run r
    JOIN feed f ON f.tenant_id = r.tenant_id AND f.id = r.feed_id
   CROSS JOIN LATERAL figure_changes(r.tenant_id, f.supplier_id, r.id, NULL, p_snapshot_us) c
   WHERE r.id = p_run_id
$$;

-- Writes down what the next rows of a file are, while it is read: which items they name, and which of them are refused.
-- Nothing of it flows yet, and what its supplier calls by a code of its own is named as its alias says. Answers false where the run is not there any more: it has ended, or another worker reads it.
-- p_counts: {"refused","figures","zeros","newestUs","codes": {code: count},"notices": {kind: {"count","lines"}}};
-- p_items: [{"sku","location","quantity"?,"updatedAtUs"?}]; p_refusals: [{"line","code","reason","text"}].
CREATE OR REPLACE FUNCTION note_feed_rows(p_run_id text, p_before integer, p_upto integer, p_counts jsonb, p_items jsonb,
                                          p_refusals jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
DECLARE
  v_kept integer;
  v_tenant text;
  v_supplier text;
BEGIN
  UPDATE feed_run r
     SET rows = p_upto,
         refused = r.refused + (p_counts ->> 'refused')::integer,
         figures = r.figures + (p_counts ->> 'figures')::integer,
         zeros = r.zeros + (p_counts ->> 'zeros')::integer,
         newest_us = greatest(r.newest_us, (p_counts ->> 'newestUs')::bigint),
         refusals = (SELECT coalesce(jsonb_object_agg(c.code, c.count), '{}')
                       FROM (SELECT x.key AS code, sum(x.value::bigint) AS count
                               FROM (SELECT * FROM jsonb_each_text(r.refusals)
                                     UNION ALL SELECT * FROM jsonb_each_text(p_counts -> 'codes')) x
                              GROUP BY x.key) c),
         notices = (SELECT coalesce(jsonb_object_agg(k.kind, jsonb_build_object(
                             'count', coalesce((r.notices #>> ARRAY[k.kind, 'count'])::bigint, 0)
                                      + coalesce((p_counts #>> ARRAY['notices', k.kind, 'count'])::bigint, 0),
                             'lines', (SELECT coalesce(jsonb_agg(l.value ORDER BY l.no), '[]')
                                         FROM jsonb_array_elements(
                                                coalesce(r.notices #> ARRAY[k.kind, 'lines'], '[]')
                                                || coalesce(p_counts #> ARRAY['notices', k.kind, 'lines'], '[]'))
                                              WITH ORDINALITY AS l (value, no)
                                        WHERE l.no <= 20))), '{}')
                      FROM (SELECT jsonb_object_keys(r.notices) AS kind
                            UNION SELECT jsonb_object_keys(coalesce(p_counts -> 'notices', '{}'))) k)
   WHERE r.id = p_run_id AND r.state = 'reading' AND r.rows = p_before
  RETURNING r.tenant_id, (SELECT f.supplier_id FROM feed f WHERE f.tenant_id = r.tenant_id AND f.id = r.feed_id)
    INTO v_tenant, v_supplier;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO feed_run_item AS i (run_id, sku_key, location, quantity, updated_at_us)
  SELECT DISTINCT ON (x.sku_key, x.location) p_run_id, x.sku_key, x.location, x.quantity, x."updatedAtUs"
    FROM feed_items(v_tenant, v_supplier, p_items) x
   ORDER BY x.sku_key, x.location, x."updatedAtUs" DESC NULLS LAST, x.quantity
  ON CONFLICT (run_id, sku_key, location) DO UPDATE
     SET quantity = excluded.quantity, updated_at_us = excluded.updated_at_us
   WHERE excluded.quantity IS NOT NULL
     AND (i.quantity IS NULL OR excluded.updated_at_us > i.updated_at_us
          OR (excluded.updated_at_us = i.updated_at_us AND excluded.quantity < i.quantity));
  IF jsonb_array_length(p_refusals) > 0 THEN
    SELECT coalesce(max(f.no), 0) INTO v_kept FROM feed_refusal f WHERE f.run_id = p_run_id;
    INSERT INTO feed_refusal (run_id, no, line, code, reason, text)
    SELECT p_run_id, v_kept + x.no, x.line, x.code, x.reason, x.text
      FROM ROWS FROM (jsonb_to_recordset(p_refusals) AS (line integer, code text, reason text, text text)) WITH ORDINALITY
             AS x (line, code, reason, text, no)
     WHERE v_kept + x.no <= 1000;
  END IF;
  RETURN true;
END $$;
