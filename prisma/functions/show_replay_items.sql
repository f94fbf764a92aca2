-- Shows an item, or all that were said something of, to followers: the replay has finished with it.
-- The transaction's number lets a follower read on without missing a row that is committed late.
CREATE OR REPLACE FUNCTION show_replay_items(p_replay_id text, p_item_id text)
 RETURNS void
 LANGUAGE sql
AS $$
  UPDATE replay_item x SET settled_xact = pg_current_xact_id()::text::bigint
   WHERE x.replay_id = p_replay_id AND (p_item_id IS NULL OR x.item_id = p_item_id)
     AND x.outcome IS NOT NULL AND x.settled_xact IS NULL
$$;
