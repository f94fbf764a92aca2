-- Rights instead of a guard that whoever ran a statement could switch off: src/database/rights.ts says who may do what,
-- and `setup` makes the roles, the grants and the policies after the migrations, each time. Here is only what belongs to
-- the functions themselves: those that do what their caller may not run as their owner, with a search path of their own.
ALTER FUNCTION record_supplier_events(text, text, jsonb) SECURITY DEFINER SET search_path TO 'public', 'pg_temp';
ALTER FUNCTION withdraw_events(bigint[]) SECURITY DEFINER SET search_path TO 'public', 'pg_temp' RESET "catalog_sync.prune";
ALTER FUNCTION trim_deliveries(bigint[]) SECURITY DEFINER SET search_path TO 'public', 'pg_temp' RESET "catalog_sync.prune";
ALTER FUNCTION prune_events(integer, integer, bigint[])
  SECURITY DEFINER SET search_path TO 'public', 'pg_temp' RESET "catalog_sync.prune";
ALTER FUNCTION settle_ledger() SECURITY DEFINER SET search_path TO 'public', 'pg_temp';
ALTER FUNCTION begin_generation(text, text, jsonb) SECURITY DEFINER SET search_path TO 'public', 'pg_temp';
REVOKE EXECUTE ON FUNCTION record_supplier_events(text, text, jsonb), withdraw_events(bigint[]), trim_deliveries(bigint[]),
  prune_events(integer, integer, bigint[]), settle_ledger(), begin_generation(text, text, jsonb),
  erase_tenant_rows(text, integer), chain_audit_entry() FROM PUBLIC;

DROP TRIGGER supplier_event_kept ON supplier_event;
DROP TRIGGER supplier_event_not_truncated ON supplier_event;
DROP TRIGGER duplicate_delivery_kept ON duplicate_delivery;
DROP TRIGGER duplicate_delivery_not_truncated ON duplicate_delivery;
DROP TRIGGER pruned_event_kept ON pruned_event;
DROP TRIGGER pruned_event_not_truncated ON pruned_event;
DROP FUNCTION refuse_removal();
