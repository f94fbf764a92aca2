-- The items that rows of a supplier's file speak of, by their SKUs, and their figures in pieces. A code without an alias
-- stands as it is; a figure that is more than an event may say stands without.
CREATE OR REPLACE FUNCTION feed_items(p_tenant text, p_supplier text, p_items jsonb)
 RETURNS TABLE(sku_key text, location text, quantity integer, "updatedAtUs" bigint)
 LANGUAGE plpgsql
 STABLE
AS $$
#variable_conflict use_column
BEGIN
  IF NOT EXISTS (SELECT 1 FROM sku_alias a WHERE a.tenant_id = p_tenant AND a.supplier_id = p_supplier) THEN
    RETURN QUERY
    SELECT sku_key(x.sku), x.location, x.quantity, x."updatedAtUs"
      FROM jsonb_to_recordset(p_items) AS x (sku text, location text, quantity integer, "updatedAtUs" bigint);
    RETURN;
  END IF;
  RETURN QUERY
  SELECT sku_key(coalesce(a.sku, x.sku)), x.location, aliased_quantity(x.quantity, coalesce(a.factor, 1)),
         x."updatedAtUs"
    FROM jsonb_to_recordset(p_items) AS x (sku text, location text, quantity integer, "updatedAtUs" bigint)
    LEFT JOIN LATERAL (
      SELECT y.* FROM sku_alias y
       WHERE y.tenant_id = p_tenant AND y.supplier_id = p_supplier AND y.code_key = code_key(x.sku) OFFSET 0) a ON true;
END $$;
