-- What an event is now, in the one word that every list, count, filter and trace says; p_flows: whether the flags let its
-- supplier's events through. The decision is kept as it fell; this follows from it and from what came after. An
-- undecided event that closed flags held is held as long as they are closed: the mark stays until it goes on, so with
-- open flags it is pending, released already or about to be. One whose code has no alias is held whatever the flags say.
CREATE OR REPLACE FUNCTION outcome_with_flags(e supplier_event, p_flows boolean)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $$
  SELECT CASE
    WHEN e.decision IN ('rejected', 'applied') THEN e.decision
    WHEN e.voided_by_seq IS NOT NULL THEN 'voided'
    WHEN e.decision IS NOT NULL THEN CASE WHEN event_counts(e.item_id, e.seq) THEN 'won' ELSE 'superseded' END
    WHEN e.held_at_us IS NOT NULL THEN CASE WHEN p_flows AND NOT is_unknown(e) THEN 'pending' ELSE 'held' END
    WHEN e.start_due_us IS NULL THEN 'failed'
    ELSE 'pending' END
$$;
