-- What every row of the ledger has to be, whoever writes it: called by the table's only check. As checks of their own, all of
-- them would be read and planned anew by each statement that writes a row, a tenth of PostgreSQL's part of an event; this is,
-- once a connection. As a check, each lets pass what it cannot say.
CREATE OR REPLACE FUNCTION event_is_whole(e supplier_event)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE
AS $$
DECLARE
  v_broken text := CASE
    WHEN NOT octet_length(e.event_id) BETWEEN 1 AND 200 THEN 'id_length'
    WHEN octet_length(e.sku) > 256 THEN 'sku_length'
    WHEN char_length(e.location) > 40 THEN 'location_length'
    WHEN e.kind NOT IN ('update', 'correction', 'void', 'expiry') THEN 'kind_known'
    WHEN e.kind = 'correction' AND e.quantity < 0 THEN 'correction_not_negative'
    WHEN (e.kind IN ('update', 'expiry')) <> (e.reason IS NULL)
      OR (e.kind IN ('update', 'expiry')) <> (e.actor IS NULL) THEN 'manual_fix_explained'
    WHEN (e.kind IN ('void', 'expiry')) <> (e.target_seq IS NOT NULL)
      OR NOT CASE e.kind WHEN 'void' THEN coalesce(e.decision = 'applied', false)
                         WHEN 'expiry' THEN coalesce(e.decision = 'applied', true)
                         ELSE e.decision IS DISTINCT FROM 'applied' END THEN 'void_has_target'
    WHEN e.decision NOT IN ('won', 'superseded', 'rejected', 'applied', 'voided') THEN 'decision_known'
    WHEN num_nulls(e.decision, e.decision_no, e.decided_at_us, e.rule) NOT IN (0, 4) THEN 'decision_whole'
    WHEN e.rule NOT IN (
      'first', 'newer', 'lower_quantity', 'greater_supplier', 'greater_event_id', 'older', 'higher_quantity',
      'lesser_supplier', 'lesser_event_id', 'malformed_sku', 'clock_drift', 'void', 'voided', 'expiry',
      'expiry_too_late') THEN 'rule_known'
    -- A void and an expiry name the version that they caused, if any.
    WHEN e.kind NOT IN ('void', 'expiry') AND (e.decision = 'won') <> (e.version IS NOT NULL) THEN 'winner_has_version'
    WHEN (e.decision = 'superseded') <> (e.lost_to_seq IS NOT NULL) THEN 'loser_names_winner'
    WHEN e.decision = 'voided' AND e.voided_by_seq IS NULL THEN 'voided_once'
    WHEN e.decision <> 'rejected' AND e.item_id IS NULL THEN 'decided_has_item'
    WHEN e.failure_mode NOT IN ('malformed_sku', 'clock_drift', 'stale_catalog_version', 'transaction_timeout',
                                'publish_rejected', 'storefront_unreachable') THEN 'failure_mode_known'
    END;
BEGIN
  IF v_broken IS NOT NULL THEN
    RAISE check_violation USING
      MESSAGE = format('new row for relation "supplier_event" violates check constraint "supplier_event_%s"', v_broken),
      CONSTRAINT = 'supplier_event_' || v_broken, TABLE = 'supplier_event';
  END IF;
  RETURN true;
END $$;
