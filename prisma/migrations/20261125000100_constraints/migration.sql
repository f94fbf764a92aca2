-- What Prisma's schema language cannot say: collations, checks, partial indexes.

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
ALTER TABLE console_ticket
  ADD CONSTRAINT console_ticket_role_known CHECK (role IN ('viewer', 'support', 'operator', 'admin'));
ALTER TABLE console_session
  ADD CONSTRAINT console_session_role_known CHECK (role IN ('viewer', 'support', 'operator', 'admin'));
ALTER TABLE supplier_event
  ADD CONSTRAINT supplier_event_id_length CHECK (octet_length(event_id) BETWEEN 1 AND 200),
  ADD CONSTRAINT supplier_event_sku_length CHECK (octet_length(sku) <= 256),
  ADD CONSTRAINT supplier_event_quantity_not_negative CHECK (quantity >= 0),
  ADD CONSTRAINT supplier_event_kind_known CHECK (kind IN ('update', 'correction', 'void')),
  ADD CONSTRAINT supplier_event_manual_fix_explained CHECK (
    (kind = 'update') = (reason IS NULL) AND (kind = 'update') = (actor IS NULL)),
  ADD CONSTRAINT supplier_event_void_has_target CHECK (
    (kind = 'void') = (target_seq IS NOT NULL) AND (kind = 'void') = coalesce(decision = 'applied', false)),
  ADD CONSTRAINT supplier_event_voided_once CHECK (decision IS DISTINCT FROM 'voided' OR voided_by_seq IS NOT NULL),
  ADD CONSTRAINT supplier_event_decision_known
    CHECK (decision IN ('won', 'superseded', 'rejected', 'applied', 'voided')),
  ADD CONSTRAINT supplier_event_decision_whole CHECK (
    (decision IS NULL AND decision_no IS NULL AND decided_at_us IS NULL AND rule IS NULL)
    OR (decision IS NOT NULL AND decision_no IS NOT NULL AND decided_at_us IS NOT NULL AND rule IS NOT NULL)),
  ADD CONSTRAINT supplier_event_rule_known CHECK (rule IN (
    'first', 'newer', 'lower_quantity', 'greater_supplier', 'greater_event_id',
    'older', 'higher_quantity', 'lesser_supplier', 'lesser_event_id',
    'malformed_sku', 'clock_drift', 'void', 'voided')),
  -- A void names the version that it caused, if any.
  ADD CONSTRAINT supplier_event_winner_has_version
    CHECK (kind = 'void' OR (decision = 'won') = (version IS NOT NULL)),
  ADD CONSTRAINT supplier_event_loser_names_winner CHECK ((decision = 'superseded') = (lost_to_seq IS NOT NULL)),
  ADD CONSTRAINT supplier_event_decided_has_item CHECK (decision = 'rejected' OR decision IS NULL OR item_id IS NOT NULL),
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
  ADD CONSTRAINT replay_by_known CHECK (by IN ('received_at', 'updated_at')),
  ADD CONSTRAINT replay_rate_positive CHECK (rate_per_second > 0),
  ADD CONSTRAINT replay_state_known CHECK (state IN ('running', 'completed', 'failed', 'cancelled'));
ALTER TABLE replay_event
  ADD CONSTRAINT replay_event_outcome_known CHECK (outcome IN (
    'won', 'superseded', 'held', 'voided', 'applied', 'rejected', 'failed')),
  ADD CONSTRAINT replay_event_done_is_not_due CHECK (done_at_us IS NULL OR (start_due_us IS NULL AND outcome IS NOT NULL));
ALTER TABLE replay_item
  ADD CONSTRAINT replay_item_outcome_known CHECK (outcome IN (
    'would_win', 'repaired', 'publish_only', 'superseded', 'already_current', 'held'));
ALTER TABLE signal_sample
  ADD CONSTRAINT signal_sample_verdict_known CHECK (verdict IN ('pass', 'miss', 'inconclusive'));
ALTER TABLE checklist_item
  ADD CONSTRAINT checklist_item_name_known CHECK (name IN (
    'replay-tested', 'dashboard', 'canary-approved', 'rollback-note', 'support-macro'));
ALTER TABLE gate_watch
  ADD CONSTRAINT gate_watch_watched_not_negative CHECK (watched_us >= 0),
  ADD CONSTRAINT gate_watch_verdict_known CHECK (verdict IN ('pass', 'miss', 'inconclusive')),
  ADD CONSTRAINT gate_watch_miss_whole CHECK (
    (miss_at_us IS NULL) = (miss_signal IS NULL) AND (miss_at_us IS NULL) = (miss_reason IS NULL));
ALTER TABLE trace_review
  ADD CONSTRAINT trace_review_approval_whole CHECK (
    (approved_us IS NULL) = (explained_by IS NULL) AND (approved_us IS NULL) = (explanation IS NULL));

-- The starter's queue, its window, and what closed flags hold.
CREATE INDEX supplier_event_start_due ON supplier_event (tenant_id, start_due_us) WHERE start_due_us IS NOT NULL;
CREATE INDEX supplier_event_in_flight ON supplier_event (started_by)
  WHERE started_by IS NOT NULL AND decision IS NULL AND start_due_us IS NOT NULL;
CREATE INDEX supplier_event_held ON supplier_event (tenant_id, supplier_id, seq)
  WHERE held_at_us IS NOT NULL AND start_due_us IS NULL;

-- What is not decided: a tenant's, a supplier's, an item's.
CREATE INDEX supplier_event_undecided ON supplier_event (tenant_id, received_at_us) WHERE decision IS NULL;
CREATE INDEX supplier_event_undecided_of ON supplier_event (tenant_id, supplier_id, received_at_us) WHERE decision IS NULL;
CREATE INDEX supplier_event_undecided_item ON supplier_event (item_id) WHERE decision IS NULL AND item_id IS NOT NULL;
CREATE INDEX supplier_event_failed ON supplier_event (tenant_id, failure_mode, received_at_us)
  WHERE failure_mode IS NOT NULL AND failure_mode <> 'stale_catalog_version';

-- The contest as it stands: the first entry of an item is its true winner, the second the runner-up.
CREATE INDEX supplier_event_contest
  ON supplier_event (item_id, updated_at_us DESC, quantity, supplier_id DESC, event_id DESC)
  WHERE decision IN ('won', 'superseded') AND voided_by_seq IS NULL;
CREATE INDEX supplier_event_beat ON supplier_event (beat_seq) WHERE beat_seq IS NOT NULL;
CREATE INDEX supplier_event_void ON supplier_event (item_id, seq) WHERE kind = 'void';
-- Rejected events have no item, so they are found by their SKU as it arrived.
CREATE INDEX supplier_event_rejected_sku ON supplier_event (tenant_id, sku, seq) WHERE decision = 'rejected';

CREATE INDEX catalog_item_version_unpublished ON catalog_item_version (item_id) WHERE publication IN ('due', 'withheld');
CREATE INDEX publish_attempt_sending ON publish_attempt (started_at_us) WHERE status = 'sending';
-- Which answer covers a version.
CREATE INDEX publish_attempt_answered ON publish_attempt (item_id, version, id) WHERE status IN ('accepted', 'rejected');

CREATE INDEX replay_start_due ON replay (start_due_us) WHERE start_due_us IS NOT NULL;
-- The starter's queue and its window; the row of those whose turn has not come; what is not done.
CREATE INDEX replay_event_start_due ON replay_event (start_due_us) WHERE start_due_us IS NOT NULL;
CREATE INDEX replay_event_in_flight ON replay_event (started_by) WHERE started_by IS NOT NULL AND start_due_us IS NOT NULL;
CREATE INDEX replay_event_waiting ON replay_event (replay_id, order_us, seq)
  WHERE start_due_us IS NULL AND done_at_us IS NULL;
CREATE UNIQUE INDEX replay_event_last ON replay_event (replay_id, item_id) WHERE is_last;
CREATE INDEX replay_event_undone ON replay_event (replay_id, item_id) WHERE done_at_us IS NULL;

CREATE INDEX signal_sample_fine ON signal_sample (sampled_at_us) WHERE NOT hourly;
-- Which sample of a tenant was written down last, whatever the clock said.
CREATE INDEX signal_sample_last ON signal_sample (tenant_id, id) WHERE NOT hourly;
CREATE INDEX storefront_probe_failed ON storefront_probe (probed_at_us) WHERE failure_mode IS NOT NULL;
CREATE INDEX storefront_probe_good ON storefront_probe (probed_at_us) WHERE failure_mode IS NULL;
