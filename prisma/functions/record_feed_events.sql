-- Puts the events of the next rows of a file into the ledger, and the run's place after them: in one transaction, so that
-- every row comes once, whatever is killed. Answers null where the run is not there any more: it has ended, or another
-- worker goes on with it.
-- p_events: as record_supplier_events has them, each with its "line".
CREATE OR REPLACE FUNCTION record_feed_events(p_run_id text, p_before integer, p_upto integer, p_events jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_tenant text;
  v_supplier text;
  v_receipts jsonb := '[]';
  v_counts jsonb;
  v_kept integer;
BEGIN
  UPDATE feed_run r SET recorded_rows = p_upto
   WHERE r.id = p_run_id AND r.state = 'recording' AND r.recorded_rows = p_before
  RETURNING r.tenant_id, (SELECT f.supplier_id FROM feed f WHERE f.tenant_id = r.tenant_id AND f.id = r.feed_id)
    INTO v_tenant, v_supplier;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF jsonb_array_length(p_events) > 0 THEN
    SELECT jsonb_agg(jsonb_build_object('eventId', x.event_id, 'workflowId', x.workflow_id, 'status', x.status,
                                        'line', e.value -> 'line') ORDER BY e.no)
      INTO v_receipts
      FROM record_supplier_events(v_tenant, v_supplier, p_events, true) WITH ORDINALITY AS x (event_id, workflow_id, status, no)
      JOIN jsonb_array_elements(p_events) WITH ORDINALITY AS e (value, no) ON e.no = x.no;
  END IF;
  PERFORM note_feed_events(p_run_id, v_receipts);
  -- Where an alias has changed since the file was read, what came of it is named by it all the same.
  INSERT INTO feed_run_item (run_id, sku_key, location)
  SELECT DISTINCT p_run_id, sku_key(c.sku), c.location
    FROM jsonb_array_elements(v_receipts) x
   -- Looked up one by one, as record_supplier_events does.
   CROSS JOIN LATERAL (
     SELECT n.sku, n.factor, e.location FROM supplier_event e JOIN event_code n ON n.seq = e.seq
      WHERE e.workflow_id = x ->> 'workflowId' OFFSET 0) c
   WHERE c.factor IS NOT NULL
     AND EXISTS (SELECT 1 FROM sku_alias a WHERE a.tenant_id = v_tenant AND a.supplier_id = v_supplier)
  ON CONFLICT DO NOTHING;
  SELECT jsonb_build_object('accepted', count(*) FILTER (WHERE x ->> 'status' = 'accepted'),
                            'duplicates', count(*) FILTER (WHERE x ->> 'status' = 'duplicate'),
                            'conflicts', count(*) FILTER (WHERE x ->> 'status' = 'conflict'))
    INTO v_counts FROM jsonb_array_elements(v_receipts) x;
  UPDATE feed_run r
     SET accepted = r.accepted + (v_counts ->> 'accepted')::integer,
         duplicates = r.duplicates + (v_counts ->> 'duplicates')::integer,
         conflicts = r.conflicts + (v_counts ->> 'conflicts')::integer
   WHERE r.id = p_run_id;
  IF (v_counts ->> 'conflicts')::integer > 0 THEN
    SELECT coalesce(max(f.no), 0) INTO v_kept FROM feed_refusal f WHERE f.run_id = p_run_id;
    INSERT INTO feed_refusal (run_id, no, line, code, reason, text)
    SELECT p_run_id, v_kept + row_number() OVER (ORDER BY c.no), (c.value ->> 'line')::integer, 'event_id_reused',
           'the event id ' || (c.value ->> 'eventId') || ' is known with another content, which stays', ''
      FROM jsonb_array_elements(v_receipts) WITH ORDINALITY AS c (value, no)
     WHERE c.value ->> 'status' = 'conflict'
     ORDER BY c.no LIMIT greatest(0, 1000 - v_kept);
  END IF;
  RETURN v_counts;
END $$;
