-- Puts a manual fix into the ledger as intake does with a supplier's event, and answers its number there; what kind it is,
-- the caller adds. p_event: as record_supplier_events takes it. Its id has to be a new one: else the caller would make
-- something else of an event that is there.
CREATE OR REPLACE FUNCTION record_manual_event(p_tenant text, p_event jsonb)
 RETURNS bigint
 LANGUAGE plpgsql
AS $$
DECLARE
  v_status text;
BEGIN
  SELECT r.status INTO STRICT v_status
    FROM record_supplier_events(p_tenant, 'manual', jsonb_build_array(p_event)) r;
  IF v_status <> 'accepted' THEN
    RAISE EXCEPTION 'there is a manual event % already', p_event ->> 'eventId' USING ERRCODE = 'unique_violation';
  END IF;
  RETURN (SELECT e.seq FROM supplier_event e
           WHERE e.tenant_id = p_tenant AND e.supplier_id = 'manual' AND e.event_id = p_event ->> 'eventId');
END $$;
