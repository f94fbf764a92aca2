import {
  WAY_OF_AN_EVENT,
  ITEM,
  WATCH,
  STOREFRONT_SHOWN,
  RUN_BEGUN,
  RUN_CARRIED_ON,
  KEY_USE,
  FEED_SHOWN,
  NEW_ENTRY,
  EVENT_SHOWN,
} from './columns.ts';
import type { DatabaseRole } from './roles.ts';

/** Every role but those of one tenant and of one supplier sees all tenants. */
export const SEES_ALL: readonly DatabaseRole[] = [
  'owner',
  'server',
  'reader',
  'worker',
  'operator',
  'pruner',
];

/** The tenant that a transaction is for: see for-tenant.ts. */
const TENANT = `current_setting('catalog_sync.tenant', true)`;
const OF_TENANT = `tenant_id = ${TENANT}`;
/** The same of a supplier. */
const OF_SUPPLIER = `${OF_TENANT} AND supplier_id = current_setting('catalog_sync.supplier', true)`;
const OF_ITEM = `split_part(item_id, ':', 1) = ${TENANT}`;
const ofEvent = (name: string): string =>
  `EXISTS (SELECT 1 FROM supplier_event e WHERE e.seq = ${name}.seq AND e.tenant_id = ${TENANT})`;
// Asked once a statement, and not for each of a replay's rows.
const ofParent = (column: string, parent: string): string =>
  `${column} = ANY (ARRAY(SELECT p.id FROM ${parent} p WHERE p.tenant_id = ${TENANT}))`;

const WHO_READS = ['server', 'tenant', 'reader', 'worker', 'operator', 'pruner'] as const;

export interface TableRights {
  /** Which rows are of the tenant that a transaction is for; null: the table belongs to no tenant. */
  rows: string | null;
  /** Which are of the supplier, too, that it is for; where it is missing, a supplier's token sees none. */
  ownRows?: string;
  /** In the words of GRANT. */
  grants: Partial<Record<Exclude<DatabaseRole, 'owner'>, string>>;
}

/** All may read; what a role may do besides. */
function table(rows: string | null, more: TableRights['grants'] = {}): TableRights {
  const grants = Object.fromEntries(
    WHO_READS.map((role) => [role, more[role] === undefined ? 'SELECT' : `SELECT, ${more[role]}`]),
  );
  return { rows, grants };
}

/** The same for a table of which a supplier's token may see its own rows. */
function ownTable(
  rights: TableRights,
  supplier: string,
  ownRows = OF_SUPPLIER,
): TableRights & { ownRows: string } {
  return { ...rights, ownRows, grants: { ...rights.grants, supplier } };
}

/** A table of secrets, or of people who sign in: only those named may see it. */
function hidden(rows: string | null, grants: TableRights['grants']): TableRights {
  return { rows, grants };
}

/**
 * Who may do what with each table. Tests and `doctor` hold the database to it, and `setup` brings it there. A table
 * that is missing here may be used by its owner only.
 */
export const TABLE_RIGHTS: Readonly<Record<string, TableRights>> = {
  _prisma_migrations: table(null),
  ledger_home: table(null),
  // A supplier's trigger writes it.
  judging_rule: table(null, { operator: 'INSERT' }),
  // That of every tenant belongs to none.
  stock_rule: table(`tenant_id IS NULL OR ${OF_TENANT}`, { operator: 'INSERT' }),
  tenant: table(`id = ${TENANT}`, {
    server: 'UPDATE (state)',
    tenant: 'UPDATE (state)',
    // The gate opens and rolls back.
    worker: 'UPDATE (state, stock_rule_before)',
    operator:
      'INSERT, UPDATE (state, time_zone, calendar, stock_rule_id, stock_rule_before, unknown_skus, default_from, ' +
      'default_from_us)',
  }),
  storefront: hidden(OF_TENANT, {
    // It holds its keys against every ciphertext when it starts.
    server: 'SELECT',
    tenant: `SELECT (${STOREFRONT_SHOWN})`,
    reader: `SELECT (${STOREFRONT_SHOWN})`,
    worker: 'SELECT, UPDATE (next_call_us, calls_until_us)',
    pruner: `SELECT (${STOREFRONT_SHOWN})`,
    operator:
      'SELECT, INSERT, DELETE, UPDATE (kind, place, state, url, limits, next_call_us, calls_until_us, config, secret, ' +
      'secret_before, secret_before_until_us, counts_from, nos_from, counts_from_us, nos_from_us)',
  }),
  supplier: ownTable(
    table(OF_TENANT, {
      server: 'UPDATE (state)',
      tenant: 'UPDATE (state)',
      worker: 'UPDATE (state, expired_until_us)',
      operator:
        'INSERT, UPDATE (state, sku_pattern, clock_tolerance_seconds, rate_limit_per_minute, scheme, ' +
        'figure_expires_us, expired_until_us)',
    }),
    'SELECT (tenant_id, id, state)',
    OF_SUPPLIER.replace('supplier_id', 'id'),
  ),
  // record_supplier_events writes it.
  ignored_field: table(OF_TENANT),
  sku_alias: table(OF_TENANT, {
    server: 'INSERT, UPDATE (code, sku, factor, since_us), DELETE',
    tenant: 'INSERT, UPDATE (code, sku, factor, since_us), DELETE',
    operator: 'INSERT, UPDATE (code, sku, factor, since_us), DELETE',
  }),
  supplier_secret: hidden(OF_TENANT, {
    server: 'SELECT',
    // Each process holds its keys against every ciphertext when it starts.
    worker: 'SELECT',
    operator: 'SELECT, INSERT, UPDATE (ciphertext, expires_at_us), DELETE',
  }),
  secrets_key: hidden(null, { server: KEY_USE, worker: KEY_USE, operator: KEY_USE }),
  api_token: hidden(OF_TENANT, {
    server: 'SELECT, UPDATE (last_used_at_us)',
    // It tells of those that are about to end.
    worker: 'SELECT (id, name, tenant_id, revoked_at_us, expires_at_us)',
    operator:
      'SELECT, INSERT, UPDATE (revoked_at_us, token_hash, expires_at_us, former_hash, former_until_us), DELETE',
  }),
  console_ticket: hidden(null, {
    server: 'SELECT, UPDATE (used_at_us)',
    operator: 'SELECT, INSERT, DELETE',
  }),
  console_session: hidden(OF_TENANT, {
    server: 'SELECT, INSERT, UPDATE (last_seen_at_us, idle_until_us), DELETE',
    operator: 'SELECT, UPDATE (expires_at_us), DELETE',
  }),
  supplier_event: ownTable(
    table(OF_TENANT, {
      // What is decided stays decided: see the trigger keep_decision.
      worker: `UPDATE (${WAY_OF_AN_EVENT})`,
      operator: `UPDATE (${WAY_OF_AN_EVENT})`,
    }),
    `SELECT (${EVENT_SHOWN})`,
  ),
  // apply_aliases and release_known_codes write it.
  event_code: table(OF_TENANT),
  freshest_event: table(OF_TENANT, { worker: 'INSERT, UPDATE, DELETE' }),
  duplicate_delivery: table(ofEvent('duplicate_delivery')),
  duplicate_count: ownTable(
    table(ofEvent('duplicate_count')),
    'SELECT',
    // Of whose events it sees the policy of the ledger decides.
    'EXISTS (SELECT 1 FROM supplier_event e WHERE e.seq = duplicate_count.seq)',
  ),
  // record_refused_delivery writes it.
  refused_delivery: ownTable(table(OF_TENANT), 'SELECT'),
  catalog_item: table(OF_TENANT, {
    worker: `INSERT, UPDATE (${ITEM})`,
    operator: `INSERT, UPDATE (${ITEM})`,
  }),
  catalog_item_version: table(OF_ITEM, {
    worker: 'INSERT, UPDATE (publication, publication_at_us)',
    operator: 'INSERT, UPDATE (publication, publication_at_us)',
  }),
  publish_attempt: table(OF_TENANT, {
    worker: 'INSERT, UPDATE (status, finished_at_us, http_status, reason)',
  }),
  replay: table(OF_TENANT, {
    server: 'INSERT, UPDATE (state, finished_at_us, start_due_us)',
    tenant: 'INSERT, UPDATE (state, finished_at_us, start_due_us)',
    operator: 'INSERT, UPDATE (state, finished_at_us, start_due_us)',
    worker:
      'UPDATE (state, finished_at_us, events_total, prepared_at_us, paced_at_us, start_due_us, start_count, ' +
      'cursor_us, cursor_seq)',
    pruner: 'UPDATE (pruned_at_us, summary)',
  }),
  replay_event: table(ofParent('replay_id', 'replay'), {
    server: 'UPDATE (start_due_us)',
    tenant: 'UPDATE (start_due_us)',
    operator: 'UPDATE (start_due_us)',
    worker:
      'INSERT, UPDATE (is_last, start_due_us, first_due_us, started_by, start_count, done_at_us, outcome, failure_mode)',
    pruner: 'DELETE',
  }),
  replay_item: table(OF_ITEM, {
    server: 'UPDATE (outcome, version_after, settled_xact)',
    tenant: 'UPDATE (outcome, version_after, settled_xact)',
    operator: 'UPDATE (outcome, version_after, settled_xact)',
    worker:
      'INSERT, UPDATE (touched, won, repaired, superseded, outcome, version_after, settled_xact, ' +
      'published_version, publication)',
    pruner: 'DELETE',
  }),
  sweep: table(OF_TENANT, {
    server: 'INSERT, UPDATE (state, failure, finished_at_us, start_due_us)',
    tenant: 'INSERT, UPDATE (state, failure, finished_at_us, start_due_us)',
    operator: 'INSERT, UPDATE (state, failure, finished_at_us, start_due_us)',
    worker:
      'INSERT, UPDATE (state, phase, failure, finished_at_us, items_total, items_done, items_asked, ' +
      'items_unanswered, items_foreign, storefront, after_item_id, way, way_reason, silent_since_us, silent_reason, ' +
      'begun, put_off, passed_over, start_due_us, start_count), DELETE',
  }),
  sweep_finding: table(ofParent('sweep_id', 'sweep'), {
    worker: 'INSERT, UPDATE (treated_at_us, repaired_version, settled_at_us, mended_at_us, note), DELETE',
  }),
  feed: table(OF_TENANT, {
    server: 'INSERT, UPDATE (version, paused, resumed_at_us, next_due_us, body_digest, body_us)',
    tenant: 'INSERT, UPDATE (version, paused, resumed_at_us, next_due_us)',
    operator: 'INSERT, UPDATE (version, paused, resumed_at_us, next_due_us)',
    worker: 'UPDATE (next_due_us)',
  }),
  feed_version: hidden(OF_TENANT, {
    server: 'SELECT, INSERT',
    tenant: `SELECT (${FEED_SHOWN}), INSERT`,
    reader: `SELECT (${FEED_SHOWN})`,
    // It fetches.
    worker: 'SELECT',
    pruner: `SELECT (${FEED_SHOWN})`,
    operator: 'SELECT, INSERT, UPDATE (secrets)',
  }),
  feed_run: table(OF_TENANT, {
    server: `INSERT, UPDATE (${RUN_BEGUN})`,
    tenant: `INSERT, UPDATE (${RUN_BEGUN})`,
    operator: `INSERT, UPDATE (${RUN_BEGUN})`,
    worker: `INSERT, UPDATE (${RUN_CARRIED_ON})`,
  }),
  feed_file: table(ofParent('run_id', 'feed_run'), {
    server: 'INSERT',
    tenant: 'INSERT',
    operator: 'INSERT',
    worker: 'INSERT, DELETE',
  }),
  feed_refusal: table(ofParent('run_id', 'feed_run'), { worker: 'INSERT, DELETE' }),
  feed_run_item: table(ofParent('run_id', 'feed_run'), {
    worker: 'INSERT, UPDATE (quantity, updated_at_us), DELETE',
  }),
  // record_feed_events and zero_missing write it.
  feed_event: table(ofEvent('feed_event')),
  signal_sample: table(OF_TENANT, { worker: 'INSERT, DELETE' }),
  storefront_probe: table(OF_ITEM, { worker: 'INSERT, DELETE', pruner: 'DELETE' }),
  checklist_item: table(OF_TENANT, {
    server: 'INSERT, UPDATE (confirmed_by, reference, at_us, origin)',
    tenant: 'INSERT, UPDATE (confirmed_by, reference, at_us, origin)',
    operator: 'INSERT, UPDATE (confirmed_by, reference, at_us, origin)',
  }),
  gate_watch: table(OF_TENANT, {
    server: `INSERT, UPDATE (${WATCH})`,
    tenant: `INSERT, UPDATE (${WATCH})`,
    worker: `INSERT, UPDATE (${WATCH})`,
    operator: `INSERT, UPDATE (${WATCH})`,
  }),
  gate_request: table(OF_TENANT, {
    // Whoever gave a command makes it void when it was not carried out.
    server: 'INSERT, UPDATE (missing)',
    tenant: 'INSERT, UPDATE (missing)',
    operator: 'INSERT, UPDATE (missing)',
    worker: 'INSERT, UPDATE (answer, missing), DELETE',
  }),
  trace_review: table(OF_TENANT, { worker: 'INSERT, UPDATE (explained_by, explanation, approved_us)' }),
  audit_entry: table(OF_TENANT, {
    server: NEW_ENTRY,
    tenant: NEW_ENTRY,
    worker: NEW_ENTRY,
    operator: NEW_ENTRY,
    pruner: NEW_ENTRY,
  }),
  notify_channel: hidden(OF_TENANT, {
    // It holds its keys against every ciphertext when it starts.
    server: 'SELECT',
    worker: 'SELECT, UPDATE (looked_at_us)',
    operator: 'SELECT, INSERT, DELETE, UPDATE (target)',
  }),
  notification: hidden(null, {
    worker: `SELECT, INSERT, UPDATE (made_at_us, state, tries, failure, failing_since_us, ended_at_us, taken_by, refused_by), DELETE`,
    operator: 'SELECT, INSERT',
  }),
  notified_condition: hidden(OF_TENANT, {
    worker: 'SELECT, INSERT, UPDATE (detail, off_message, away_since_us, off_at_us), DELETE',
    operator: 'SELECT',
  }),
  // The trigger binds as the owner; who verifies reads it.
  audit_chain: hidden(null, { operator: 'SELECT' }),
  tenant_erasure: hidden(OF_TENANT, {
    operator: 'SELECT, UPDATE (finished_at_us)',
    // It tells nothing of such a tenant any more.
    worker: 'SELECT (tenant_id)',
    // It leaves such a tenant alone.
    pruner: 'SELECT',
  }),
  prune_run: table(OF_TENANT, { pruner: 'UPDATE (state, seen_at_us, finished_at_us, replays, probes)' }),
  pruned_event: table(ofParent('prune_id', 'prune_run')),
  archived_rival: table(OF_ITEM),
};
