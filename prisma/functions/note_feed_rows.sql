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
