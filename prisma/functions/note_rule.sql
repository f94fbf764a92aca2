-- Keeps every rule that a supplier ever had, under a number that its events are judged by: a change makes another rule.
CREATE OR REPLACE FUNCTION note_rule()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO judging_rule (sku_pattern, clock_tolerance_seconds)
  VALUES (NEW.sku_pattern, NEW.clock_tolerance_seconds)
  ON CONFLICT (sku_pattern, clock_tolerance_seconds) DO NOTHING;
  SELECT j.id INTO STRICT NEW.rule_id FROM judging_rule j
   WHERE (j.sku_pattern, j.clock_tolerance_seconds) = (NEW.sku_pattern, NEW.clock_tolerance_seconds);
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER supplier_rule BEFORE INSERT OR UPDATE OF sku_pattern, clock_tolerance_seconds, rule_id ON supplier
  FOR EACH ROW EXECUTE FUNCTION note_rule();
