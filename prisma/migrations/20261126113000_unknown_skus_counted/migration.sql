-- What waits for an alias is counted at every scrape, and listed, however many events the ledger has. The condition is that
-- of is_unknown.
CREATE INDEX supplier_event_unknown ON supplier_event (tenant_id, received_at_us, seq) INCLUDE (supplier_id)
  WHERE held_at_us IS NOT NULL AND item_id IS NULL AND start_due_us IS NULL AND decision IS NULL;
