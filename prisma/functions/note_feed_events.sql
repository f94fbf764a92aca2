-- Writes down by which run and line events came that were new to the ledger. p_receipts: [{"eventId","status","line"}].
CREATE OR REPLACE FUNCTION note_feed_events(p_tenant text, p_supplier text, p_run_id text, p_receipts jsonb)
 RETURNS void
 LANGUAGE sql
AS $$
  INSERT INTO feed_event (seq, run_id, line)
  SELECT e.seq, p_run_id, min(x.line)
    FROM jsonb_to_recordset(p_receipts) AS x ("eventId" text, status text, line integer)
    JOIN supplier_event e ON e.tenant_id = p_tenant AND e.supplier_id = p_supplier AND e.event_id = x."eventId"
   WHERE x.status = 'accepted'
   GROUP BY e.seq
$$;
