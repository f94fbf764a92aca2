-- An index for every filter that lists and searches offer, so that a look at a large tenant costs the others nothing.

-- Names that look alike, within a tenant. Both extensions come with PostgreSQL (contrib) and are trusted: whoever may
-- create in the database may create them.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
-- With a condition that all fulfil: Prisma's schema cannot say such an index, and leaves those with a condition alone.
CREATE INDEX catalog_item_alike ON catalog_item USING gist (tenant_id, sku gist_trgm_ops (siglen = 32)) WHERE sku <> '';
-- Of events that wait, those whose item is known: closed flags hold them.
CREATE INDEX supplier_event_alike ON supplier_event USING gist (tenant_id, item_id gist_trgm_ops (siglen = 32))
  WHERE decision IS NULL AND item_id IS NOT NULL;

-- Events without an item, by their SKU however it was written.
CREATE INDEX supplier_event_without_item ON supplier_event (tenant_id, sku_key(sku))
  WHERE decision = 'rejected' OR (decision IS NULL AND item_id IS NULL);

-- Lists of events, the newest first.
CREATE INDEX "supplier_event_tenant_id_supplier_id_received_at_us_seq_idx"
  ON "supplier_event" ("tenant_id", "supplier_id", "received_at_us", "seq");
CREATE INDEX supplier_event_rejected ON supplier_event (tenant_id, received_at_us, seq) WHERE decision = 'rejected';
CREATE INDEX supplier_event_applied ON supplier_event (tenant_id, received_at_us, seq) WHERE decision = 'applied';
CREATE INDEX supplier_event_voided ON supplier_event (tenant_id, received_at_us, seq) WHERE voided_by_seq IS NOT NULL;
CREATE INDEX supplier_event_stale ON supplier_event (tenant_id, received_at_us, seq)
  WHERE failure_mode = 'stale_catalog_version';

-- Which events went wrong by what is known of them elsewhere.
CREATE INDEX duplicate_count_duplicates ON duplicate_count (seq) WHERE duplicates > 0;
CREATE INDEX duplicate_count_conflicts ON duplicate_count (seq) WHERE conflicts > 0;
CREATE INDEX storefront_probe_failed_item ON storefront_probe (failure_mode, item_id) WHERE failure_mode IS NOT NULL;

-- 0: without a limit. Null is the server's default since.
ALTER TABLE supplier
  DROP CONSTRAINT supplier_rate_positive,
  ADD CONSTRAINT supplier_rate_not_negative CHECK (rate_limit_per_minute >= 0);
