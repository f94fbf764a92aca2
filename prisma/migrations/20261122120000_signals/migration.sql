-- What the launch gate's signals are read from, quickly beside a hundred thousand events.

-- AlterTable
ALTER TABLE "tenant" ADD COLUMN     "opened_at_us" BIGINT;

-- AlterTable
ALTER TABLE "supplier" ADD COLUMN     "opened_at_us" BIGINT;

-- AlterTable
ALTER TABLE "publish_attempt" ADD COLUMN     "supplier_id" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "tenant_id" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "signal_sample" ADD COLUMN     "hourly" BOOLEAN NOT NULL DEFAULT false;

-- CreateIndex
CREATE INDEX "publish_attempt_tenant_id_supplier_id_started_at_us_idx" ON "publish_attempt"("tenant_id", "supplier_id", "started_at_us");

-- When a closed flag was last opened: what was held before is not late by the time that it was held. A tenant or
-- supplier that was made open has no such moment.
CREATE FUNCTION note_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'closed' AND NEW.state <> 'closed' THEN
    NEW.opened_at_us := now_us();
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tenant_opening BEFORE UPDATE OF state ON tenant FOR EACH ROW EXECUTE FUNCTION note_opening();
CREATE TRIGGER supplier_opening BEFORE UPDATE OF state ON supplier FOR EACH ROW EXECUTE FUNCTION note_opening();

-- An attempt counts for the supplier whose event made the version, whoever makes the call.
CREATE FUNCTION note_attempt_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT e.tenant_id, e.supplier_id INTO NEW.tenant_id, NEW.supplier_id
    FROM catalog_item_version v JOIN supplier_event e ON e.seq = v.event_seq
   WHERE v.item_id = NEW.item_id AND v.version = NEW.version;
  -- Without such a version the foreign key has the word.
  NEW.tenant_id := coalesce(NEW.tenant_id, '');
  NEW.supplier_id := coalesce(NEW.supplier_id, '');
  RETURN NEW;
END $$;
CREATE TRIGGER publish_attempt_owner BEFORE INSERT ON publish_attempt
  FOR EACH ROW EXECUTE FUNCTION note_attempt_owner();
UPDATE publish_attempt a SET tenant_id = e.tenant_id, supplier_id = e.supplier_id
  FROM catalog_item_version v JOIN supplier_event e ON e.seq = v.event_seq
 WHERE v.item_id = a.item_id AND v.version = a.version;

-- Which answer covers a version; whom a winner was beaten by; what waits, supplier by supplier.
CREATE INDEX publish_attempt_answered ON publish_attempt (item_id, version, id) WHERE status IN ('accepted', 'rejected');
CREATE INDEX supplier_event_beat ON supplier_event (beat_seq) WHERE beat_seq IS NOT NULL;
CREATE INDEX supplier_event_undecided_of ON supplier_event (tenant_id, supplier_id, received_at_us) WHERE decision IS NULL;
CREATE INDEX signal_sample_fine ON signal_sample (sampled_at_us) WHERE NOT hourly;
CREATE INDEX storefront_probe_failed ON storefront_probe (probed_at_us) WHERE failure_mode IS NOT NULL;
CREATE INDEX storefront_probe_good ON storefront_probe (probed_at_us) WHERE failure_mode IS NULL;

-- The suppliers of some tenants: whether their events flow, and since when (0: always).
CREATE FUNCTION supplier_flow(p_tenants text[])
  RETURNS TABLE (tenant_id text, supplier_id text, flows boolean, opened_us bigint) LANGUAGE sql STABLE AS $$
  SELECT s.tenant_id, s.id, t.state <> 'closed' AND s.state = 'open',
         greatest(coalesce(t.opened_at_us, 0), coalesce(s.opened_at_us, 0))
    FROM supplier s JOIN tenant t ON t.id = s.tenant_id
   WHERE s.tenant_id = ANY (p_tenants)
$$;

-- By which rule an event wins or loses against another one, as save_catalog_item decides it; `first` without one.
CREATE FUNCTION contest_rule(p_updated_at_us bigint, p_quantity integer, p_supplier text, p_event text,
                             p_other_updated_at_us bigint, p_other_quantity integer, p_other_supplier text,
                             p_other_event text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN p_other_updated_at_us IS NULL THEN 'first'
    WHEN p_updated_at_us > p_other_updated_at_us THEN 'newer'
    WHEN p_updated_at_us < p_other_updated_at_us THEN 'older'
    WHEN p_quantity < p_other_quantity THEN 'lower_quantity'
    WHEN p_quantity > p_other_quantity THEN 'higher_quantity'
    WHEN p_supplier COLLATE "C" > p_other_supplier COLLATE "C" THEN 'greater_supplier'
    WHEN p_supplier COLLATE "C" < p_other_supplier COLLATE "C" THEN 'lesser_supplier'
    WHEN p_event COLLATE "C" > p_other_event COLLATE "C" THEN 'greater_event_id'
    ELSE 'lesser_event_id' END;
