-- Writes down that a delivery was refused, for a supplier that there is; for any other, and while the tenant is erased,
-- nothing. p_refusal: {"status","code","reason","faults": [{"pointer"? | "header"?,"detail"}],"faultsTotal","bytes"?,
-- "signed","unwritten"}.
-- The last 200 of a supplier stay. Of those that were not signed, which anybody may send, the last 50: they push no
-- others out.
CREATE OR REPLACE FUNCTION record_refused_delivery(p_tenant text, p_supplier text, p_refusal jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
BEGIN
  INSERT INTO refused_delivery (tenant_id, supplier_id, status, code, reason, faults, faults_total, bytes, signed, unwritten)
  SELECT s.tenant_id, s.id, r.status, r.code, r.reason, r.faults, r."faultsTotal", r.bytes, r.signed, r.unwritten
    FROM supplier s,
         jsonb_to_record(p_refusal) AS r (status integer, code text, reason text, faults jsonb, "faultsTotal" integer,
                                          bytes integer, signed boolean, unwritten integer)
   WHERE s.tenant_id = p_tenant AND s.id = p_supplier
     AND NOT EXISTS (SELECT 1 FROM tenant_erasure x WHERE x.tenant_id = p_tenant);
  IF NOT FOUND THEN
    RETURN;
  END IF;
  DELETE FROM refused_delivery d
   USING (VALUES (true, 200), (false, 50)) AS kind (all_of_it, most)
   WHERE d.tenant_id = p_tenant AND d.supplier_id = p_supplier AND (kind.all_of_it OR NOT d.signed)
     AND d.id <= (SELECT x.id FROM refused_delivery x
                   WHERE x.tenant_id = p_tenant AND x.supplier_id = p_supplier AND (kind.all_of_it OR NOT x.signed)
                   ORDER BY x.id DESC OFFSET kind.most LIMIT 1);
END $$;
