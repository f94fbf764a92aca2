-- Has expire_figures look again at a supplier's events from a moment on: one of that moment may have come to stand, which
-- it has passed by. It also waits for a look that is under way, whose snapshot may be older than that.
CREATE OR REPLACE FUNCTION look_again_for_expiry(p_tenant text, p_supplier text, p_updated_at_us bigint)
 RETURNS void
 LANGUAGE sql
AS $$
  UPDATE supplier s SET expired_until_us = least(s.expired_until_us, p_updated_at_us - 1)
   WHERE s.tenant_id = p_tenant AND s.id = p_supplier AND s.figure_expires_us IS NOT NULL
$$;
