import type { TestDatabase } from '../support/database.ts';
import { record } from '../support/record.ts';
import { openTenant } from '../support/flags.ts';
import { shopAt } from '../support/shop-at.ts';

/** Tables that belong to no tenant. */
export const OF_NOBODY = [
  '_prisma_migrations',
  'console_ticket',
  'judging_rule',
  'ledger_home',
  'secrets_key',
  'audit_chain',
  'notification',
];

/** Puts a row of each of some tenants into every table that belongs to tenants. */
export async function fillEveryTable(test: TestDatabase, tenants: readonly string[]): Promise<void> {
  for (const tenant of tenants) {
    await openTenant(test.database, tenant, ['acme']);
    await shopAt(test.sql, 'https://shop.example.com', tenant);
    const event = { eventId: 'e-1', sku: 'CHAIR', quantity: 1, updatedAt: 1n, ignored: ['colour'] };
    // Sent again, so that there are further deliveries.
    await record(test.database, tenant, 'acme', [event, event]);
    await test.sql(
      `SELECT save_catalog_item(seq, $1 || ':CHAIR', 'CHAIR', NULL) FROM supplier_event WHERE tenant_id = $1`,
      [tenant],
    );
    await test.sql(
      `WITH item AS (SELECT $1 || ':CHAIR' AS id), e AS (SELECT seq FROM supplier_event WHERE tenant_id = $1),
       v AS (SELECT x.item_id, x.version FROM catalog_item_version x, item WHERE x.item_id = item.id),
       secret AS (INSERT INTO supplier_secret (tenant_id, supplier_id, ciphertext) VALUES ($1, 'acme', 'x')),
       token AS (INSERT INTO api_token (id, name, role, tenant_id, token_hash) VALUES ($1, 'x', 'viewer', $1, $1::bytea)),
       session AS (INSERT INTO console_session (session_hash, name, role, tenant_id, expires_at_us)
                   VALUES ($1::bytea, 'x', 'viewer', $1, 1)),
       attempt AS (INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, message_id)
                   SELECT v.item_id, v.version, e.seq, 'w', 'm' FROM v, e),
       probe AS (INSERT INTO storefront_probe (item_id, probed_at_us, accepted_version) SELECT item_id, 1, version FROM v),
       sample AS (INSERT INTO signal_sample (tenant_id, signal, sampled_at_us, verdict, reason)
                  VALUES ($1, 'queue_lag', 1, 'pass', 'x')),
       item_of_list AS (INSERT INTO checklist_item (tenant_id, name, confirmed_by, reference)
                        VALUES ($1, 'dashboard', 'x', 'x')),
       watch AS (INSERT INTO gate_watch (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING),
       request AS (INSERT INTO gate_request (id, tenant_id) VALUES ($1, $1)),
       review AS (INSERT INTO trace_review (tenant_id, supplier_id, watch_number, event_seq, seed)
                  SELECT $1, 'acme', 1, seq, 'x' FROM e),
       alias AS (INSERT INTO sku_alias (tenant_id, supplier_id, code_key, code, sku) VALUES ($1, 'acme', '4711', '4711', 'CHAIR')),
       code AS (INSERT INTO event_code (seq, tenant_id, supplier_id, code_key, code, quantity, sku, factor, alias_since_us)
                SELECT seq, $1, 'acme', '4711', '4711', 1, 'CHAIR', 1, 1 FROM e),
       entry AS (INSERT INTO audit_entry (tenant_id, actor, action, subject) VALUES ($1, 'x', 'x', 'x'))
       SELECT 1`,
      [tenant],
    );
    await test.sql(
      `INSERT INTO replay (id, tenant_id, since_us, until_us, requested_by) VALUES ($1, $1, 1, 2, 'x')`,
      [tenant],
    );
    await test.sql(
      `INSERT INTO replay_event (replay_id, seq, order_us) SELECT $1, seq, 1 FROM supplier_event WHERE tenant_id = $1`,
      [tenant],
    );
    const refusal = {
      status: 401,
      code: 'not_signed',
      reason: 'x',
      faults: [],
      faultsTotal: 0,
      signed: false,
    };
    await test.sql(`SELECT record_refused_delivery($1, 'acme', $2::jsonb)`, [
      tenant,
      JSON.stringify({ ...refusal, unwritten: 0 }),
    ]);
    await test.sql(
      `WITH channel AS (INSERT INTO notify_channel (name, kind, target, shown, tenant_id, inconclusive_us, publish_us, expiry_us)
                        VALUES ($1, 'slack', 'x', 'x', $1, 1, 1, 1) RETURNING name),
       message AS (INSERT INTO notification (id, channel) SELECT 'message-' || name, name FROM channel RETURNING id, channel)
       INSERT INTO notified_condition (channel, tenant_id, key, kind, severity, owner, subject, detail, since_us, on_message)
       SELECT channel, $1, 'x', 'x', 'x', 'x', 'x', 'x', 1, id FROM message`,
      [tenant],
    );
    await test.sql(`INSERT INTO replay_item (replay_id, item_id) VALUES ($1, $1 || ':CHAIR')`, [tenant]);
    await test.sql(`INSERT INTO stock_rule (tenant_id, rule) VALUES ($1, 'sum')`, [tenant]);
    await test.sql(`INSERT INTO sweep (id, tenant_id, repair, requested_by) VALUES ($1, $1, false, 'x')`, [
      tenant,
    ]);
    await test.sql(
      `INSERT INTO sweep_finding (sweep_id, item_id, kind) VALUES ($1, $1 || ':CHAIR', 'unknown_there')`,
      [tenant],
    );
    await test.sql(`INSERT INTO feed (tenant_id, id, supplier_id, version) VALUES ($1, $1, 'acme', 1)`, [
      tenant,
    ]);
    await test.sql(
      `WITH version AS (INSERT INTO feed_version (tenant_id, feed_id, version, document, secrets, created_by)
                        VALUES ($1, $1, 1, '{}', 'x', 'x')),
       run AS (INSERT INTO feed_run (id, tenant_id, feed_id, feed_version, trigger, requested_by, state)
               VALUES ($1, $1, $1, 1, 'upload', 'x', 'completed')),
       file AS (INSERT INTO feed_file (run_id, part, bytes) VALUES ($1, 1, 'x')),
       refusal AS (INSERT INTO feed_refusal (run_id, no, line, code, reason, text) VALUES ($1, 1, 1, 'x', 'x', 'x')),
       item AS (INSERT INTO feed_run_item (run_id, sku_key, location) VALUES ($1, 'CHAIR', ''))
       INSERT INTO feed_event (seq, run_id, line) SELECT seq, $1, 1 FROM supplier_event WHERE tenant_id = $1`,
      [tenant],
    );
    await test.sql(
      `WITH run AS (INSERT INTO prune_run (tenant_id, actor, cutoff_us) VALUES ($1, 'x', 1) RETURNING id),
       gone AS (INSERT INTO pruned_event (key, digest, prune_id) SELECT gen_random_uuid(), gen_random_uuid(), id FROM run)
       INSERT INTO archived_rival (seq, item_id, supplier_id, event_id, quantity, updated_at_us, decision_no, prune_id)
       SELECT (SELECT count(*) FROM archived_rival) + 1, $1 || ':CHAIR', 'acme', 'e-0', 1, 1, 1, id FROM run`,
      [tenant],
    );
    await test.sql(
      `INSERT INTO tenant_erasure (tenant_id, actor, reason, prune_id)
       SELECT $1, 'x', 'x', id FROM prune_run WHERE tenant_id = $1`,
      [tenant],
    );
  }
}
