-- Refuses a tenant's token another tenant. A function that runs as its owner passes row-level security by: one that the
-- role `tenant` may call asks this first.
CREATE OR REPLACE FUNCTION own_tenant_only(p_tenant text)
 RETURNS void
 LANGUAGE plpgsql
AS $$
BEGIN
  IF current_setting('role') = 'catalog_sync_tenant'
     AND p_tenant IS DISTINCT FROM current_setting('catalog_sync.tenant', true)
  THEN
    RAISE EXCEPTION 'tenant % is another one', p_tenant USING ERRCODE = 'insufficient_privilege';
  END IF;
END $$;
