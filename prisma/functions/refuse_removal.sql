-- Ledger and tombstones only grow: what prunes says so, for as long as its own function runs.
CREATE OR REPLACE FUNCTION refuse_removal()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
  IF current_setting('catalog_sync.prune', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'rows of % are never deleted', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', HINT = 'Use catalog-sync prune.';
END $$;

CREATE OR REPLACE TRIGGER supplier_event_kept BEFORE DELETE ON supplier_event
  FOR EACH ROW EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER supplier_event_not_truncated BEFORE TRUNCATE ON supplier_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER duplicate_delivery_kept BEFORE DELETE ON duplicate_delivery
  FOR EACH ROW EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER duplicate_delivery_not_truncated BEFORE TRUNCATE ON duplicate_delivery
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER pruned_event_kept BEFORE DELETE ON pruned_event
  FOR EACH ROW EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER pruned_event_not_truncated BEFORE TRUNCATE ON pruned_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();
