-- Holds the ledger's place against the one where it was: elsewhere it is a copy, which may lack what was told since, and
-- begins a new generation. Answers whether it does.
CREATE OR REPLACE FUNCTION settle_ledger()
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  h ledger_home%ROWTYPE;
BEGIN
  SELECT * INTO STRICT h FROM ledger_home;
  IF h.place = ledger_place() THEN
    RETURN false;
  END IF;
  SELECT * INTO STRICT h FROM ledger_home FOR UPDATE;
  IF h.place IS NULL THEN
    UPDATE ledger_home SET place = ledger_place();
  ELSIF h.place <> ledger_place() THEN
    PERFORM begin_generation('catalog-sync', format('The ledger was at %s and is at %s now.', h.place, ledger_place()));
    RETURN true;
  END IF;
  RETURN false;
END $$;
