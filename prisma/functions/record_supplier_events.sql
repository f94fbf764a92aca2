-- Puts a delivery into the ledger: all of it or, on an error, nothing.
-- p_events: [{"eventId","sku","quantity","updatedAtUs","workflowId"}]; answers in the same order.
-- A statement each, because only a later statement's snapshot sees a row that ON CONFLICT waited for.
CREATE OR REPLACE FUNCTION record_supplier_events(p_tenant text, p_supplier text, p_events jsonb)
 RETURNS TABLE(event_id text, workflow_id text, status text)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  v_new bigint[];
BEGIN
  -- Sorted, so that two deliveries with the same events wait for each other instead of deadlocking.
  WITH arrived AS (
    SELECT DISTINCT ON (d."eventId" COLLATE "C") d.*
      FROM ROWS FROM (jsonb_to_recordset(p_events)
             AS ("eventId" text, sku text, quantity integer, "updatedAtUs" bigint, "workflowId" text)) WITH ORDINALITY
             AS d ("eventId", sku, quantity, "updatedAtUs", "workflowId", no)
     ORDER BY d."eventId" COLLATE "C", d.no
  ), inserted AS (
    INSERT INTO supplier_event (tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, received_at_us,
                                digest, workflow_id, start_due_us)
    SELECT p_tenant, p_supplier, a."eventId", a.sku, a.quantity, a."updatedAtUs", v_now,
           event_digest(a.sku, a.quantity, a."updatedAtUs"), a."workflowId", v_now
      FROM arrived a
     ORDER BY a."eventId" COLLATE "C"
    ON CONFLICT DO NOTHING
    RETURNING seq
  )
  SELECT coalesce(array_agg(seq), '{}') INTO v_new FROM inserted;

  IF cardinality(v_new) > 0 THEN
    PERFORM pg_notify('supplier_event', '');
  END IF;

  RETURN QUERY
  WITH delivered AS (
    SELECT d.*, e.seq, e.workflow_id AS known_as,
           e.seq = ANY (v_new) AND row_number() OVER (PARTITION BY e.seq ORDER BY d.no) = 1 AS fresh,
           e.digest = event_digest(d.sku, d.quantity, d."updatedAtUs") AS same
      FROM ROWS FROM (jsonb_to_recordset(p_events)
             AS ("eventId" text, sku text, quantity integer, "updatedAtUs" bigint, "workflowId" text)) WITH ORDINALITY
             AS d ("eventId", sku, quantity, "updatedAtUs", "workflowId", no)
      LEFT JOIN supplier_event e
        ON e.tenant_id = p_tenant AND e.supplier_id = p_supplier AND e.event_id = d."eventId"
  ), repeated AS (
    INSERT INTO duplicate_delivery (seq, received_at_us, conflict, content)
    SELECT d.seq, v_now, NOT d.same,
           CASE WHEN NOT d.same
                THEN jsonb_build_object('sku', d.sku, 'quantity', d.quantity, 'updatedAtUs', d."updatedAtUs"::text) END
      FROM delivered d
     WHERE d.seq IS NOT NULL AND NOT d.fresh
  )
  SELECT d."eventId", coalesce(d.known_as, d."workflowId"),
         CASE WHEN d.fresh THEN 'accepted' WHEN d.same THEN 'duplicate' ELSE 'conflict' END
    FROM delivered d
   ORDER BY d.no;
END $$;
