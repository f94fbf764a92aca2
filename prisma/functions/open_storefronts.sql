-- The open storefronts of some tenants, and from where on it counts what each was told (storefront, counts_from) and what it
-- rejected (nos_from), as the newest attempt then and as a time. A tenant without a storefront has the default one, by the
-- name of shop, for which counts what came since it was left to it; one whose storefronts are all closed has none.
CREATE OR REPLACE FUNCTION open_storefronts(p_tenants text[])
 RETURNS TABLE(tenant_id text, name text, place integer, counts_from bigint, nos_from bigint, counts_from_us bigint,
               nos_from_us bigint)
 LANGUAGE sql
 STABLE
AS $$
  SELECT s.tenant_id, s.name, s.place, s.counts_from, s.nos_from, s.counts_from_us, s.nos_from_us
    FROM storefront s WHERE s.tenant_id = ANY (p_tenants) AND s.state = 'open'
   UNION ALL
  SELECT t.id, 'shop', 1, t.default_from, t.default_from, t.default_from_us, t.default_from_us FROM tenant t
   WHERE t.id = ANY (p_tenants) AND NOT EXISTS (SELECT 1 FROM storefront s WHERE s.tenant_id = t.id)
$$;
