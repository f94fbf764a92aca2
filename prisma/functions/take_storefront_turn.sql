-- Takes a call of a storefront's limits, for at most p_hold_us. turn_us names it, for end_storefront_turn; null: not now, and
-- wait_us is how long to wait before asking again, in µs. Who is unknown or has no limits is free. A clock that went back
-- leaves nobody waiting for longer than it would from now on.
CREATE OR REPLACE FUNCTION take_storefront_turn(p_tenant text, p_storefront text, p_hold_us bigint)
 RETURNS TABLE(turn_us bigint, wait_us bigint)
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint;
  v_next bigint;
  v_between bigint;
  v_at_once integer;
  v_calls bigint[];
  v_turn bigint;
BEGIN
  SELECT s.next_call_us, s.calls_until_us, ceil(1e6 / (s.limits->>'callsPerSecond')::numeric),
         -- A batch fills while the one before it is under way.
         coalesce((s.limits->>'callsAtOnce')::integer, CASE WHEN s.limits->'callsPerSecond' IS NULL THEN 1 END)
    INTO v_next, v_calls, v_between, v_at_once
    FROM storefront s WHERE s.tenant_id = p_tenant AND s.name = p_storefront AND s.limits IS NOT NULL
     FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT now_us() + p_hold_us, 0::bigint;
    RETURN;
  END IF;
  -- Only now, since others may have taken theirs while this waited for the row.
  v_now := now_us();
  v_turn := v_now + p_hold_us;
  v_calls := ARRAY(SELECT c FROM unnest(v_calls) c WHERE c > v_now AND c <= v_now + p_hold_us);
  IF v_between IS NOT NULL AND v_next > v_now AND v_next <= v_now + v_between THEN
    RETURN QUERY SELECT NULL::bigint, v_next - v_now;
    RETURN;
  END IF;
  IF cardinality(v_calls) >= v_at_once THEN
    RETURN QUERY SELECT NULL::bigint, least(100000, (SELECT min(c) FROM unnest(v_calls) c) - v_now);
    RETURN;
  END IF;
  WHILE v_turn = ANY (v_calls) LOOP
    v_turn := v_turn - 1;
  END LOOP;
  UPDATE storefront s
     SET next_call_us = CASE WHEN v_between IS NULL THEN 0 ELSE v_now + v_between END, calls_until_us = v_calls || v_turn
   WHERE s.tenant_id = p_tenant AND s.name = p_storefront;
  RETURN QUERY SELECT v_turn, 0::bigint;
END $$;
