-- The open storefronts of some tenants. A tenant without a storefront has the default one, by the name of shop, without an
-- address; one whose storefronts are all closed has none.
CREATE OR REPLACE FUNCTION open_storefronts(p_tenants text[])
 RETURNS TABLE(tenant_id text, name text, place integer)
 LANGUAGE sql
 STABLE
AS $$
  SELECT s.tenant_id, s.name, s.place FROM storefront s WHERE s.tenant_id = ANY (p_tenants) AND s.state = 'open'
   UNION ALL
  SELECT t.id, 'shop', 1 FROM tenant t
   WHERE t.id = ANY (p_tenants) AND NOT EXISTS (SELECT 1 FROM storefront s WHERE s.tenant_id = t.id)
$$;
