-- When a closed flag was last opened: what was held before is not late by the time that it was held. A tenant or
-- supplier that was made open has no such moment.
CREATE OR REPLACE FUNCTION note_opening()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
  IF OLD.state = 'closed' AND NEW.state <> 'closed' THEN
    NEW.opened_at_us := now_us();
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER tenant_opening BEFORE UPDATE OF state ON tenant
  FOR EACH ROW EXECUTE FUNCTION note_opening();
CREATE OR REPLACE TRIGGER supplier_opening BEFORE UPDATE OF state ON supplier
  FOR EACH ROW EXECUTE FUNCTION note_opening();
