-- The suppliers of some tenants: whether their events flow, and since when (0: always).
CREATE OR REPLACE FUNCTION supplier_flow(p_tenants text[])
 RETURNS TABLE(tenant_id text, supplier_id text, flows boolean, opened_us bigint)
 LANGUAGE sql
 STABLE
AS $$
  SELECT s.tenant_id, s.id, event_flows(s.tenant_id, s.id),
         greatest(coalesce(t.opened_at_us, 0), coalesce(s.opened_at_us, 0))
    FROM supplier s JOIN tenant t ON t.id = s.tenant_id
   WHERE s.tenant_id = ANY (p_tenants)
$$;
