-- Whether an event of an item is due that would overtake what was said of it at p_updated_at_us, as far as ranks tell (see
-- rank_events): under another rule than `newest`, any. What came by a file waits for longer, and is not asked for.
-- What waits comes and goes by thousands: a plan that was made while nothing did would read all of it, each time.
CREATE OR REPLACE FUNCTION awaits_newer(p_tenant text, p_item_id text, p_updated_at_us bigint)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
 SET enable_seqscan TO 'off'
AS $$
BEGIN
  RETURN coalesce((
    SELECT true
      FROM freshest_event f
      -- A row may be left over. By its number, not by all that are undecided: see rank_events.
     CROSS JOIN LATERAL (SELECT y.start_due_us, y.decision FROM supplier_event y WHERE y.seq = f.seq OFFSET 0) x
     WHERE f.tenant_id = p_tenant AND f.sku_key = substr(p_item_id, length(p_tenant) + 2) AND NOT f.behind
       AND (f.supplier_id <> '' OR f.updated_at_us > p_updated_at_us)
       AND x.start_due_us IS NOT NULL AND x.decision IS NULL
     -- In the key's order: a plan that was made while the table was empty would go through all that its tenant has.
     ORDER BY f.supplier_id, f.location
     LIMIT 1), false);
END $$;
