import type { DatabaseRole } from './roles.ts';

/** Sequences that belong to no table; those of a table may be used by whoever inserts there. */
export const SEQUENCE_RIGHTS: Readonly<Record<string, readonly DatabaseRole[]>> = {
  decision_no_seq: ['worker', 'operator'],
};

/**
 * Functions that run as the owner, so that they may what nobody else may, and by whom: nobody, where only another such
 * function calls it. Every other function runs as whoever calls it, and everybody may.
 */
export const FUNCTION_RIGHTS: Readonly<Record<string, readonly DatabaseRole[]>> = {
  record_supplier_events: ['server', 'operator'],
  // A worker puts into the ledger what the file of a run says that is being recorded, and nothing else.
  record_feed_events: ['worker'],
  tell_planner_of_file: ['worker'],
  release_known_codes: ['server', 'tenant', 'operator'],
  add_manual_supplier: ['server', 'tenant', 'operator'],
  // The only ways to a manual fix: with who and why, in the ledger as an event of its own.
  record_correction: ['server', 'tenant', 'operator'],
  void_event: ['server', 'tenant', 'operator'],
  zero_missing: ['worker'],
  record_refused_delivery: ['server'],
  withdraw_events: [],
  trim_deliveries: [],
  settle_ledger: ['worker', 'operator'],
  begin_generation: ['operator'],
  begin_prune: ['pruner'],
  prune_events: ['pruner'],
  expire_figures: ['worker'],
  // A person's command, and nothing that a worker can become.
  begin_erasure: ['operator'],
  erase_tenant_rows: ['operator'],
  release_replay_rest: ['server', 'tenant', 'worker', 'operator'],
  chain_audit_entry: [],
};
