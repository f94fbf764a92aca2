-- Marks an event of a replay as done: its workflow has nothing left to do.
CREATE OR REPLACE FUNCTION finish_replay_event(p_replay_id text, p_seq bigint, p_outcome text,
                                               p_failure_mode text)
 RETURNS void
 LANGUAGE sql
AS $$
  UPDATE replay_event x
     SET done_at_us = now_us(), start_due_us = NULL, outcome = coalesce(p_outcome, x.outcome, 'superseded'),
         failure_mode = p_failure_mode
   WHERE x.replay_id = p_replay_id AND x.seq = p_seq AND x.done_at_us IS NULL;
  SELECT show_replay_items(p_replay_id, x.item_id) FROM replay_event x
   WHERE x.replay_id = p_replay_id AND x.seq = p_seq AND x.is_last
$$;
