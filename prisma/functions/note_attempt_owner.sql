-- An attempt counts for the supplier whose event made the version, whoever makes the call.
CREATE OR REPLACE FUNCTION note_attempt_owner()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
  SELECT e.tenant_id, e.supplier_id INTO NEW.tenant_id, NEW.supplier_id
    FROM catalog_item_version v JOIN supplier_event e ON e.seq = v.event_seq
   WHERE v.item_id = NEW.item_id AND v.version = NEW.version;
  -- Without such a version the foreign key has the word.
  NEW.tenant_id := coalesce(NEW.tenant_id, '');
  NEW.supplier_id := coalesce(NEW.supplier_id, '');
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER publish_attempt_owner BEFORE INSERT ON publish_attempt
  FOR EACH ROW EXECUTE FUNCTION note_attempt_owner();
