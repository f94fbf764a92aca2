-- What Prisma's schema language cannot say: collations, checks, partial indexes, guards.

-- Who wins goes by UTF-8 bytes, so the strings that decide are compared so everywhere.
ALTER TABLE supplier_event
  ALTER COLUMN supplier_id TYPE text COLLATE "C",
  ALTER COLUMN event_id TYPE text COLLATE "C";
ALTER TABLE catalog_item
  ALTER COLUMN supplier_id TYPE text COLLATE "C",
  ALTER COLUMN event_id TYPE text COLLATE "C";

ALTER TABLE tenant
  ADD CONSTRAINT tenant_id_form CHECK (id ~ '^[a-z0-9-]{1,40}$'),
  ADD CONSTRAINT tenant_state_known CHECK (state IN ('closed', 'canary', 'open'));
ALTER TABLE supplier
  ADD CONSTRAINT supplier_id_form CHECK (id ~ '^[a-z0-9-]{1,40}$'),
  ADD CONSTRAINT supplier_state_known CHECK (state IN ('closed', 'open')),
  ADD CONSTRAINT supplier_tolerance_not_negative CHECK (clock_tolerance_seconds >= 0),
  ADD CONSTRAINT supplier_rate_positive CHECK (rate_limit_per_minute > 0);
ALTER TABLE api_token
  ADD CONSTRAINT api_token_role_known CHECK (role IN ('viewer', 'support', 'operator', 'admin'));
ALTER TABLE supplier_event
  ADD CONSTRAINT supplier_event_id_length CHECK (octet_length(event_id) BETWEEN 1 AND 200),
  ADD CONSTRAINT supplier_event_sku_length CHECK (octet_length(sku) <= 256),
  ADD CONSTRAINT supplier_event_quantity_not_negative CHECK (quantity >= 0),
  ADD CONSTRAINT supplier_event_decision_known CHECK (decision IN ('won', 'superseded', 'rejected')),
  ADD CONSTRAINT supplier_event_decision_whole CHECK (
    (decision IS NULL AND decision_no IS NULL AND decided_at_us IS NULL AND rule IS NULL)
    OR (decision IS NOT NULL AND decision_no IS NOT NULL AND decided_at_us IS NOT NULL AND rule IS NOT NULL)),
  ADD CONSTRAINT supplier_event_rule_known CHECK (rule IN (
    'first', 'newer', 'lower_quantity', 'greater_supplier', 'greater_event_id',
    'older', 'higher_quantity', 'lesser_supplier', 'lesser_event_id',
    'malformed_sku', 'clock_drift')),
  ADD CONSTRAINT supplier_event_winner_has_version CHECK ((decision = 'won') = (version IS NOT NULL)),
  ADD CONSTRAINT supplier_event_loser_names_winner CHECK ((decision = 'superseded') = (lost_to_seq IS NOT NULL)),
  ADD CONSTRAINT supplier_event_decided_has_item CHECK (decision NOT IN ('won', 'superseded') OR item_id IS NOT NULL),
  ADD CONSTRAINT supplier_event_failure_mode_known CHECK (failure_mode IN (
    'malformed_sku', 'clock_drift', 'stale_catalog_version', 'transaction_timeout', 'publish_rejected',
    'storefront_unreachable'));
ALTER TABLE catalog_item
  ADD CONSTRAINT catalog_item_quantity_not_negative CHECK (quantity >= 0),
  ADD CONSTRAINT catalog_item_version_positive CHECK (version > 0),
  ADD CONSTRAINT catalog_item_id_of_tenant_and_sku CHECK (item_id = tenant_id || ':' || sku);
ALTER TABLE catalog_item_version
  ADD CONSTRAINT catalog_item_version_quantity_not_negative CHECK (quantity >= 0),
  ADD CONSTRAINT catalog_item_version_version_positive CHECK (version > 0),
  ADD CONSTRAINT catalog_item_version_rule_known CHECK (rule IN ('first', 'newer', 'lower_quantity', 'repaired')),
  ADD CONSTRAINT catalog_item_version_publication_known CHECK (publication IN (
    'due', 'accepted', 'rejected', 'failed', 'withheld', 'overtaken'));
ALTER TABLE publish_attempt
  ADD CONSTRAINT publish_attempt_status_known CHECK (status IN ('sending', 'accepted', 'rejected', 'failed', 'unanswered')),
  ADD CONSTRAINT publish_attempt_finished CHECK ((status = 'sending') = (finished_at_us IS NULL));
ALTER TABLE replay
  ADD CONSTRAINT replay_id_form CHECK (id ~ '^[a-z0-9-]{1,40}$'),
  ADD CONSTRAINT replay_window_not_empty CHECK (since_us < until_us),
  ADD CONSTRAINT replay_state_known CHECK (state IN ('running', 'completed', 'failed', 'cancelled'));
ALTER TABLE signal_sample
  ADD CONSTRAINT signal_sample_verdict_known CHECK (verdict IN ('pass', 'miss', 'inconclusive'));
ALTER TABLE checklist_item
  ADD CONSTRAINT checklist_item_name_known CHECK (name IN (
    'replay_tested', 'dashboard', 'canary_tenant_approved', 'rollback_note', 'support_macro'));
ALTER TABLE trace_review
  ADD CONSTRAINT trace_review_approval_whole CHECK (
    (approved_us IS NULL) = (explained_by IS NULL) AND (approved_us IS NULL) = (explanation IS NULL));

-- The starter's queue, its window, and what closed flags hold.
CREATE INDEX supplier_event_start_due ON supplier_event (tenant_id, start_due_us) WHERE start_due_us IS NOT NULL;
CREATE INDEX supplier_event_in_flight ON supplier_event (started_by)
  WHERE started_by IS NOT NULL AND decision IS NULL AND start_due_us IS NOT NULL;
CREATE INDEX supplier_event_held ON supplier_event (tenant_id, supplier_id, seq)
  WHERE held_at_us IS NOT NULL AND start_due_us IS NULL;
CREATE INDEX supplier_event_undecided ON supplier_event (tenant_id, received_at_us) WHERE decision IS NULL;
CREATE INDEX supplier_event_failed ON supplier_event (tenant_id, failure_mode, received_at_us)
  WHERE failure_mode IS NOT NULL AND failure_mode <> 'stale_catalog_version';
CREATE INDEX catalog_item_version_unpublished ON catalog_item_version (item_id) WHERE publication IN ('due', 'withheld');
CREATE INDEX publish_attempt_sending ON publish_attempt (started_at_us) WHERE status = 'sending';

-- The ledger and the audit list only grow; `prune`, alone, says so to its session.
CREATE FUNCTION refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('catalog_sync.prune', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'rows of % are never deleted', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', HINT = 'Use catalog-sync prune.';
END $$;
CREATE TRIGGER supplier_event_kept BEFORE DELETE ON supplier_event FOR EACH ROW EXECUTE FUNCTION refuse_removal();
CREATE TRIGGER supplier_event_not_truncated BEFORE TRUNCATE ON supplier_event EXECUTE FUNCTION refuse_removal();
CREATE TRIGGER duplicate_delivery_kept BEFORE DELETE ON duplicate_delivery FOR EACH ROW EXECUTE FUNCTION refuse_removal();
CREATE TRIGGER duplicate_delivery_not_truncated BEFORE TRUNCATE ON duplicate_delivery EXECUTE FUNCTION refuse_removal();
CREATE TRIGGER audit_entry_kept BEFORE DELETE OR UPDATE ON audit_entry FOR EACH ROW EXECUTE FUNCTION refuse_removal();
CREATE TRIGGER audit_entry_not_truncated BEFORE TRUNCATE ON audit_entry EXECUTE FUNCTION refuse_removal();
