-- Has the time until the next call of a storefront begin now: getting a call together took some of it since its turn.
CREATE OR REPLACE FUNCTION begin_storefront_call(p_tenant text, p_storefront text)
 RETURNS void
 LANGUAGE sql
AS $$
  UPDATE storefront s SET next_call_us = now_us() + ceil(1e6 / (s.limits->>'callsPerSecond')::numeric)::bigint
   WHERE s.tenant_id = p_tenant AND s.name = p_storefront AND s.limits->'callsPerSecond' IS NOT NULL
$$;
