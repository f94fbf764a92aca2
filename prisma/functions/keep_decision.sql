-- A decision stays as it fell, with the rule and the rival it fell by, and so do who made a manual fix, and why. Only a
-- rejected event is decided anew, by a replay. The owner is let through: who owns the table could drop this, and has to
-- be able to mend what a hand has altered.
CREATE OR REPLACE FUNCTION keep_decision()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
  IF (OLD.decision, OLD.rule, OLD.decision_no, OLD.decided_at_us, OLD.item_id, OLD.version, OLD.lost_to_seq, OLD.beat_seq,
      OLD.judged_by, OLD.kind, OLD.reason, OLD.actor, OLD.target_seq, coalesce(OLD.voided_by_seq, NEW.voided_by_seq),
      coalesce(OLD.expired_by_seq, NEW.expired_by_seq), OLD.stock_rule_id)
     IS NOT DISTINCT FROM
     (NEW.decision, NEW.rule, NEW.decision_no, NEW.decided_at_us, NEW.item_id, NEW.version, NEW.lost_to_seq, NEW.beat_seq,
      NEW.judged_by, NEW.kind, NEW.reason, NEW.actor, NEW.target_seq, NEW.voided_by_seq,
      NEW.expired_by_seq, NEW.stock_rule_id)
     OR pg_has_role(current_user, 'catalog_sync_owner', 'USAGE')
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'event % is decided, and its decision stays', OLD.seq USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE TRIGGER supplier_event_decided
  BEFORE UPDATE OF decision, rule, decision_no, decided_at_us, item_id, version, lost_to_seq, beat_seq, judged_by, kind, reason, actor, target_seq, voided_by_seq, expired_by_seq, stock_rule_id ON supplier_event
  FOR EACH ROW WHEN ((OLD.decision <> 'rejected'::text)) EXECUTE FUNCTION keep_decision();
