-- Whether an event has to have a complete trace: it was acknowledged, or its flags were opened, over 90 s ago, and it is
-- not held. One that waited for an alias is asked for 90 s after it has one. For 90 s after an opening nothing of the supplier is asked for: what was held is being decided, and takes
-- over items of events that were decided before.
-- p_flows, p_opened_us: of its supplier, as supplier_flow tells them.
CREATE OR REPLACE FUNCTION trace_is_due(e supplier_event, p_flows boolean, p_opened_us bigint, p_now_us bigint)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT greatest(e.received_at_us, p_opened_us, CASE WHEN e.decision IS NULL AND e.item_id IS NULL THEN e.held_at_us END)
           < p_now_us - 90000000
         AND (e.decision IS NOT NULL OR p_flows AND NOT is_unknown(e))
$$;
