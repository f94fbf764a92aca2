-- Binds each entry of the audit list to those before it. It runs at the commit, when its transaction has every other lock
-- that it will ever take: whoever waits here holds up nobody in a circle, and holds the chain for the commit alone. Who
-- comes next waits for the next place in the chain, which nobody else can occupy; an advisory lock is for anybody to take.
CREATE OR REPLACE FUNCTION chain_audit_entry()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_no bigint;
  v_hash bytea;
BEGIN
  LOOP
    SELECT x.no, x.hash INTO v_no, v_hash FROM audit_chain x ORDER BY x.no DESC LIMIT 1;
    v_no := coalesce(v_no, 0) + 1;
    INSERT INTO audit_chain (no, entry_id, hash) VALUES (v_no, NEW.id, audit_hash(v_hash, audit_content(NEW, v_no)))
    ON CONFLICT (no) DO NOTHING;
    EXIT WHEN FOUND;
  END LOOP;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS audit_entry_chained ON audit_entry;
CREATE CONSTRAINT TRIGGER audit_entry_chained AFTER INSERT ON audit_entry DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION chain_audit_entry();
