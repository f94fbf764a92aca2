-- Counts the fields of a supplier's events that nobody reads here, as record_supplier_events is given them. 50 names a
-- supplier are kept; further ones are counted together, as '…'. New names come in by one delivery at a time, so that they
-- do not become more. Sorted, and after all other locks of a delivery: two deliveries wait for each other instead of
-- deadlocking.
CREATE OR REPLACE FUNCTION note_ignored_fields(p_tenant text, p_supplier text, p_events jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_fields text[];
BEGIN
  SELECT array_agg(f.name) INTO v_fields
    FROM jsonb_array_elements(p_events) e CROSS JOIN jsonb_array_elements_text(e -> 'ignored') f (name);
  IF EXISTS (SELECT 1 FROM unnest(v_fields) x (name)
              WHERE NOT EXISTS (SELECT 1 FROM ignored_field f
                                 WHERE f.tenant_id = p_tenant AND f.supplier_id = p_supplier AND f.field = x.name)) THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('ignored:' || p_tenant || '/' || p_supplier, 0));
  END IF;
  INSERT INTO ignored_field AS f (tenant_id, supplier_id, field, count, first_seen_us, last_seen_us)
  SELECT p_tenant, p_supplier, kept.field, sum(kept.count), v_now, v_now
    FROM (SELECT CASE WHEN n.known OR n.place <= 50 - n.others THEN n.name ELSE '…' END AS field, n.count
            FROM (SELECT x.name, x.count, k.field IS NOT NULL AS known,
                         count(*) FILTER (WHERE k.field IS NULL) OVER (ORDER BY x.name COLLATE "C") AS place,
                         (SELECT count(*) FROM ignored_field o
                           WHERE o.tenant_id = p_tenant AND o.supplier_id = p_supplier AND o.field <> '…') AS others
                    FROM (SELECT u.name, count(*) AS count FROM unnest(v_fields) u (name) GROUP BY u.name) x
                    LEFT JOIN ignored_field k
                      ON k.tenant_id = p_tenant AND k.supplier_id = p_supplier AND k.field = x.name) n) kept
   GROUP BY kept.field
   ORDER BY kept.field COLLATE "C"
  ON CONFLICT (tenant_id, supplier_id, field) DO UPDATE
     SET count = f.count + excluded.count, last_seen_us = greatest(f.last_seen_us, excluded.last_seen_us);
END $$;
