-- Makes the next events of a replay due, in the window's order: never more than p_window undecided, nor p_waiting that
-- wait for a storefront only, never more than its rate, and an item's last event only when its others are done, so
-- that what it publishes is the outcome of all.
CREATE OR REPLACE FUNCTION advance_replay(p_replay_id text, p_window integer, p_waiting integer)
 RETURNS TABLE(running boolean, under_way integer, made_due integer, undone boolean)
 LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := now_us();
  r replay%ROWTYPE;
  v_undecided integer;
  v_under_way integer;
  v_room integer;
  v_made integer := 0;
BEGIN
  SELECT * INTO STRICT r FROM replay x WHERE x.id = p_replay_id FOR NO KEY UPDATE;
  IF r.state <> 'running' THEN
    RETURN QUERY SELECT false, 0, 0, false;
    RETURN;
  END IF;
  SELECT count(*) FILTER (WHERE x.outcome IS NULL), count(*) INTO v_undecided, v_under_way FROM replay_event x
   WHERE x.replay_id = p_replay_id AND x.done_at_us IS NULL AND x.start_due_us IS NOT NULL;
  v_room := least(p_window - v_undecided, p_waiting - v_under_way);
  IF r.rate_per_second IS NOT NULL THEN
    -- At most a second's worth is saved up; a pace from the future is that of a clock that has gone back.
    r.paced_at_us := CASE WHEN r.paced_at_us > v_now THEN v_now - 1000000
                          ELSE greatest(r.paced_at_us, v_now - 1000000) END;
    v_room := least(v_room, ((v_now - r.paced_at_us) * r.rate_per_second) / 1000000);
  END IF;
  IF v_room > 0 THEN
    WITH turn AS MATERIALIZED (
      SELECT x.seq FROM replay_event x
       WHERE x.replay_id = p_replay_id AND x.start_due_us IS NULL AND x.done_at_us IS NULL
         AND NOT (x.is_last AND EXISTS (
           SELECT 1 FROM replay_event o
            WHERE o.replay_id = p_replay_id AND o.item_id = x.item_id AND o.done_at_us IS NULL AND o.seq <> x.seq))
       ORDER BY x.order_us, x.seq
       LIMIT v_room
    )
    UPDATE replay_event x SET start_due_us = v_now, first_due_us = v_now
      FROM turn WHERE x.replay_id = p_replay_id AND x.seq = turn.seq;
    GET DIAGNOSTICS v_made = ROW_COUNT;
  END IF;
  IF v_made > 0 THEN
    IF r.rate_per_second IS NOT NULL THEN
      UPDATE replay x SET paced_at_us = r.paced_at_us + v_made * 1000000::bigint / r.rate_per_second
       WHERE x.id = p_replay_id;
    END IF;
    PERFORM pg_notify('supplier_event', '');
  END IF;
  RETURN QUERY SELECT true, v_under_way + v_made, v_made,
    EXISTS (SELECT 1 FROM replay_event x WHERE x.replay_id = p_replay_id AND x.done_at_us IS NULL);
END $$;
