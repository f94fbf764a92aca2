-- Ends a replay; completed it is only when all its events are done. What it has started goes on to its end; what it made but will not publish goes the way of live events.
-- With the one that carries out a change of the stock rule, the rule before is forgotten: so it ends in no other way than
-- completed.
CREATE OR REPLACE FUNCTION end_replay(p_replay_id text, p_state text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $$
BEGIN
  IF p_state <> 'completed' AND EXISTS (SELECT 1 FROM replay r WHERE r.id = p_replay_id AND r.stock_rule_id IS NOT NULL) THEN
    RETURN false;
  END IF;
  IF p_state = 'completed' AND EXISTS (
    SELECT 1 FROM replay r
     WHERE r.id = p_replay_id
       AND (r.prepared_at_us IS NULL
            OR EXISTS (SELECT 1 FROM replay_event x WHERE x.replay_id = r.id AND x.done_at_us IS NULL)))
  THEN
    RETURN false;
  END IF;
  -- Waits for the saves that are under way; each later one sees that the replay has ended.
  UPDATE replay r SET state = p_state, finished_at_us = now_us(), start_due_us = NULL
   WHERE r.id = p_replay_id AND r.state = 'running';
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  -- Items before events, as whoever ends an attempt takes them.
  PERFORM settle_replay_items(p_replay_id, NULL);
  PERFORM show_replay_items(p_replay_id, NULL);
  -- What a worker has claimed keeps its lease: whether its workflow really began, only Temporal knows.
  UPDATE replay_event x SET start_due_us = NULL
   WHERE x.replay_id = p_replay_id AND x.start_due_us IS NOT NULL AND x.start_count = 0;
  -- Who cancels need not be allowed to.
  IF p_state = 'completed' THEN
    UPDATE tenant t SET stock_rule_before = NULL
      FROM replay r WHERE r.id = p_replay_id AND r.stock_rule_id = t.stock_rule_id AND r.tenant_id = t.id;
  END IF;
  PERFORM release_replay_rest(p_replay_id);
  RETURN true;
END $$;
