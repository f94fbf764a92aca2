-- Writes down by which run and line events came that were new to the ledger.
-- p_receipts: [{"workflowId","status","line"}]. Found by the one column that no other index begins with: of a new ledger
-- the planner knows nothing, and would go through all events of the supplier for each.
CREATE OR REPLACE FUNCTION note_feed_events(p_run_id text, p_receipts jsonb)
 RETURNS void
 LANGUAGE sql
AS $$
  INSERT INTO feed_event (seq, run_id, line)
  SELECT e.seq, p_run_id, min(x.line)
    FROM jsonb_to_recordset(p_receipts) AS x ("workflowId" text, status text, line integer)
    JOIN supplier_event e ON e.workflow_id = x."workflowId"
   WHERE x.status = 'accepted'
   GROUP BY e.seq
$$;
