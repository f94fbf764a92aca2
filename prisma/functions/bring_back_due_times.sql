-- What is due later than any lease puts it off was put off by a clock that has gone back since: it is due now. Where a
-- clock went back by less, the lease is that much longer.
CREATE OR REPLACE FUNCTION bring_back_due_times(p_longest_us bigint)
 RETURNS integer
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_count integer;
  v_all integer := 0;
BEGIN
  UPDATE supplier_event e SET start_due_us = v_now
    FROM (SELECT late.seq FROM tenant t
           CROSS JOIN LATERAL (SELECT o.seq FROM supplier_event o
                                WHERE o.tenant_id = t.id AND o.start_due_us > v_now + p_longest_us
                                  AND o.start_due_us < behind_live_us()
                                  FOR NO KEY UPDATE SKIP LOCKED) late) late
   WHERE e.seq = late.seq;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_all := v_all + v_count;
  UPDATE replay_event x SET start_due_us = v_now
    FROM (SELECT o.replay_id, o.seq FROM replay_event o WHERE o.start_due_us > v_now + p_longest_us
             FOR NO KEY UPDATE SKIP LOCKED) late
   WHERE x.replay_id = late.replay_id AND x.seq = late.seq;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_all := v_all + v_count;
  UPDATE replay r SET start_due_us = v_now
    FROM (SELECT o.id FROM replay o WHERE o.start_due_us > v_now + p_longest_us
             FOR NO KEY UPDATE SKIP LOCKED) late
   WHERE r.id = late.id;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_all := v_all + v_count;
  UPDATE sweep s SET start_due_us = v_now
    FROM (SELECT o.id FROM sweep o WHERE o.start_due_us > v_now + p_longest_us
             FOR NO KEY UPDATE SKIP LOCKED) late
   WHERE s.id = late.id;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_all := v_all + v_count;
  -- One that is received is due late by itself.
  UPDATE feed_run r SET start_due_us = v_now
    FROM (SELECT o.id FROM feed_run o WHERE o.start_due_us > v_now + p_longest_us AND o.state <> 'receiving'
             FOR NO KEY UPDATE SKIP LOCKED) late
   WHERE r.id = late.id;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_all + v_count;
END $$;
