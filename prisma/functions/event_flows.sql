-- Whether a tenant's and a supplier's flags let its events through; null for a supplier that is not there.
CREATE OR REPLACE FUNCTION event_flows(p_tenant text, p_supplier text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $$
  SELECT t.state <> 'closed' AND s.state = 'open'
    FROM supplier s JOIN tenant t ON t.id = s.tenant_id
   WHERE s.tenant_id = p_tenant AND s.id = p_supplier
$$;
