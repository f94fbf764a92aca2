-- Turns the codes of events that have just come into SKUs, and their quantities into pieces. What a supplier sent stands
-- in event_code, beside the alias that was used; the digest is of what it sent. A code without an alias waits for one
-- where its tenant says so; so does, everywhere, a quantity that its alias makes more than an event may say.
-- Called by record_supplier_events, in its transaction.
CREATE OR REPLACE FUNCTION apply_aliases(p_tenant text, p_supplier text, p_seqs bigint[])
 RETURNS void
 LANGUAGE sql
AS $$
  WITH found AS MATERIALIZED (
    SELECT e.seq, k.key, e.sku AS code, e.quantity AS sent, a.sku, a.factor, a.since_us,
           aliased_quantity(e.quantity, a.factor) AS quantity
      FROM supplier_event e
      JOIN tenant t ON t.id = e.tenant_id
     CROSS JOIN LATERAL (SELECT code_key(e.sku) AS key OFFSET 0) k
      -- Looked up one by one, whatever the planner thinks of how many there are.
      LEFT JOIN LATERAL (
        SELECT x.* FROM sku_alias x
         WHERE x.tenant_id = p_tenant AND x.supplier_id = p_supplier AND x.code_key = k.key OFFSET 0) a ON true
     WHERE e.seq = ANY (p_seqs) AND (a.sku IS NOT NULL OR t.unknown_skus = 'hold')
  ), noted AS (
    INSERT INTO event_code (seq, tenant_id, supplier_id, code_key, code, quantity, sku, factor, alias_since_us)
    SELECT f.seq, p_tenant, p_supplier, f.key, f.code, f.sent,
           CASE WHEN f.quantity IS NOT NULL THEN f.sku END, CASE WHEN f.quantity IS NOT NULL THEN f.factor END,
           CASE WHEN f.quantity IS NOT NULL THEN f.since_us END
      FROM found f
  )
  UPDATE supplier_event e
     SET sku = CASE WHEN f.quantity IS NULL THEN e.sku ELSE f.sku END,
         quantity = coalesce(f.quantity, e.quantity),
         held_at_us = CASE WHEN f.quantity IS NULL THEN e.received_at_us END,
         start_due_us = CASE WHEN f.quantity IS NOT NULL THEN e.start_due_us END
    FROM found f
   WHERE e.seq = f.seq AND e.seq = ANY (p_seqs)
$$;
