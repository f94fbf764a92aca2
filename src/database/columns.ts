/** Lists of columns, in the words of GRANT: see rights.ts. */

/**
 * What the ledger's columns may become on an event's way; the others are written once, by record_supplier_events, and
 * for an event that waited for an alias by release_known_codes.
 */
export const WAY_OF_AN_EVENT =
  'start_due_us, start_count, started_by, held_at_us, item_id, decision, decision_no, decided_at_us, rule, ' +
  'lost_to_seq, version, beat_seq, failure_mode, failure_detail, judged_by, stock_rule_id, expired_by_seq';
export const ITEM = 'quantity, updated_at_us, supplier_id, event_id, winner_seq, version';
export const WATCH =
  'number, began_at_us, watched_us, needed_us, sampled_at_us, verdict, miss_at_us, miss_signal, miss_reason';
/** All of a storefront but what signs for it. */
export const STOREFRONT_SHOWN =
  'tenant_id, name, kind, place, state, url, limits, next_call_us, calls_until_us, config, secret_before_until_us, ' +
  'counts_from, nos_from, counts_from_us, nos_from_us, created_at_us';
/** How a run goes on once it was asked for: as a file comes in, and as people decide. */
export const RUN_BEGUN =
  'state, failure, file_name, file_digest, file_bytes, file_time_us, etag, reasons, decided_by, decided_reason, ' +
  'finished_at_us, start_due_us, start_count';
export const RUN_CARRIED_ON =
  `${RUN_BEGUN}, found, rows, refused, figures, zeros, newest_us, refusals, notices, recorded_rows, accepted, ` +
  'duplicates, conflicts, snapshot_us, zeroed_upto, zeroed';
export const KEY_USE = 'SELECT, INSERT, UPDATE (retired_at_us)';
export const FEED_SHOWN = 'tenant_id, feed_id, version, document, created_by, created_at_us';
/** Number and time of an entry are the database's to give. */
export const NEW_ENTRY =
  'INSERT (tenant_id, actor, principal_kind, principal_name, token_id, request_id, address, action, subject, reason, ' +
  'before, after)';
/** Of a supplier's own events, what its token may learn: nothing that tells of another's. */
export const EVENT_SHOWN =
  'seq, tenant_id, supplier_id, event_id, kind, sku, item_id, quantity, updated_at_us, updated_at_sent, location, ' +
  'received_at_us, start_due_us, held_at_us, decision, failure_mode, failure_detail, voided_by_seq, expired_by_seq';
