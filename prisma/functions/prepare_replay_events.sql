-- Writes a page of a replay's window down. So far, the page's last event of each item is the item's last; pages come
-- in the window's order, so after the last page it is so. A page that is written again is as good as once.
CREATE OR REPLACE FUNCTION prepare_replay_events(p_replay_id text, p_seqs bigint[], p_orders bigint[],
                                                 p_items text[])
 RETURNS void
 LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO replay_event (replay_id, seq, order_us, item_id)
  SELECT p_replay_id, x.seq, x.order_us, x.item_id
    FROM unnest(p_seqs, p_orders, p_items) AS x (seq, order_us, item_id)
  ON CONFLICT DO NOTHING;
  UPDATE replay_event x SET is_last = false
   WHERE x.replay_id = p_replay_id AND x.item_id = ANY (p_items) AND x.is_last;
  UPDATE replay_event x SET is_last = true
    FROM (SELECT DISTINCT ON (y.item_id) y.seq
            FROM unnest(p_seqs, p_orders, p_items) AS y (seq, order_us, item_id)
           WHERE y.item_id IS NOT NULL
           ORDER BY y.item_id, y.order_us DESC, y.seq DESC) last
   WHERE x.replay_id = p_replay_id AND x.seq = last.seq;
END $$;
