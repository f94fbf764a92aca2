/** A second decision overwrites the first one's row without a trace, so the database itself has to note it. */
export const NOTE_SECOND_DECISIONS = `
  CREATE TABLE IF NOT EXISTS second_decision (seq bigint, former text, later text);
  CREATE FUNCTION note_second_decision() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  BEGIN
    INSERT INTO second_decision VALUES (OLD.seq, OLD.decision || ' ' || OLD.decision_no, NEW.decision || ' ' || NEW.decision_no);
    RETURN NULL;
  END $$;
  CREATE TRIGGER note_second_decision AFTER UPDATE ON supplier_event FOR EACH ROW
    WHEN (OLD.decision IS NOT NULL AND (NEW.decision, NEW.decision_no, NEW.lost_to_seq, NEW.version)
          IS DISTINCT FROM (OLD.decision, OLD.decision_no, OLD.lost_to_seq, OLD.version))
    EXECUTE FUNCTION note_second_decision();
`;

/** What was noted stays. */
export const STOP_NOTING_SECOND_DECISIONS = 'DROP FUNCTION note_second_decision() CASCADE';
