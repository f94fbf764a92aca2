-- Makes the tenant's supplier `manual`, to which manual fixes belong, unless it is there: open, for SKUs of every
-- supplier, whatever their rules. Answers its SKU rule where it was made just now, else null.
CREATE OR REPLACE FUNCTION add_manual_supplier(p_tenant text)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_pattern text;
BEGIN
  PERFORM own_tenant_only(p_tenant);
  INSERT INTO supplier (tenant_id, id, state, sku_pattern) VALUES (p_tenant, 'manual', 'open', '\P{Cc}+')
  ON CONFLICT DO NOTHING
  RETURNING sku_pattern INTO v_pattern;
  RETURN v_pattern;
END $$;
