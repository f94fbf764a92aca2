import type { TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { shopAt } from '../support/shop-at.ts';
import { live, type Step } from '../retention/history.ts';

/** What no file of an export holds. */
export const SECRETS = ['53454352455453', 'SECRETS'] as const;

const event = (no: number, supplier = 'acme') => ({
  supplier,
  eventId: `e-${supplier}-${no}`,
  quantity: no,
  updatedAt: BigInt(no),
});
const arrival = (no: number, sku: string, supplier = 'acme'): Step => ({
  does: 'arrive',
  sku,
  event: event(no, supplier),
  old: no % 2 === 0,
  answer: (['accepted', 'rejected', 'none'] as const)[no % 3] ?? 'none',
});

/** A closed tenant with something in every table that there is. */
export async function tenantWithAll(db: TestDatabase, tenant: string): Promise<void> {
  await openTenant(db.database, tenant, ['acme', 'globex', 'manual']);
  await live(db, tenant, [
    ...Array.from({ length: 12 }, (_, no) => arrival(no, no % 4 ? 'CHAIR' : 'LAMP')),
    ...Array.from({ length: 5 }, (_, no) => arrival(no, 'CHAIR', 'globex')),
    { does: 'malformed', old: false },
    { does: 'again', nth: 3, conflict: false },
    { does: 'again', nth: 4, conflict: true },
    // The winner, its successor, and one that had lost.
    { does: 'void', nth: 11 },
    { does: 'void', nth: 10 },
    { does: 'void', nth: 2 },
  ]);
  await db.sql(
    `WITH t AS (SELECT $1::text AS id), e AS (SELECT seq, item_id FROM supplier_event
                 WHERE tenant_id = $1 AND item_id IS NOT NULL ORDER BY seq LIMIT 1),
     secret AS (INSERT INTO supplier_secret (tenant_id, supplier_id, ciphertext) SELECT id, 'acme', 'SECRETS' FROM t),
     ignored AS (INSERT INTO ignored_field (tenant_id, supplier_id, field, count, first_seen_us, last_seen_us)
                 SELECT id, 'acme', 'colour', 1, 1, 1 FROM t),
     refused AS (INSERT INTO refused_delivery (tenant_id, supplier_id, status, code, reason, signed)
                 SELECT id, 'acme', 401, 'not_signed', 'x', false FROM t),
     stock AS (INSERT INTO stock_rule (tenant_id, rule) SELECT id, 'sum' FROM t),
     token AS (INSERT INTO api_token (id, name, role, tenant_id, token_hash)
               SELECT left(md5(id), 16), 'desk of ' || id, 'viewer', id, convert_to('SECRETS' || id, 'UTF8') FROM t RETURNING id, tenant_id),
     session AS (INSERT INTO console_session (session_hash, token_id, name, role, tenant_id, expires_at_us)
                 SELECT convert_to('SECRETS' || tenant_id, 'UTF8'), id, 'desk', 'viewer', tenant_id, 1 FROM token),
     run AS (INSERT INTO replay (id, tenant_id, since_us, until_us, requested_by, state, finished_at_us)
             SELECT 'of-' || id, id, 0, 1, 'ada', 'completed', 1 FROM t RETURNING id),
     run_event AS (INSERT INTO replay_event (replay_id, seq, order_us) SELECT run.id, e.seq, 0 FROM run, e),
     run_item AS (INSERT INTO replay_item (replay_id, item_id) SELECT run.id, e.item_id FROM run, e),
     look AS (INSERT INTO sweep (id, tenant_id, repair, requested_by, state, finished_at_us)
              SELECT 'of-' || id, id, false, 'ada', 'completed', 1 FROM t RETURNING id),
     finding AS (INSERT INTO sweep_finding (sweep_id, item_id, kind) SELECT look.id, e.item_id, 'not_published' FROM look, e),
     sample AS (INSERT INTO signal_sample (tenant_id, signal, sampled_at_us, verdict, reason)
                SELECT id, 'queue_lag', 1, 'pass', 'x' FROM t),
     probe AS (INSERT INTO storefront_probe (item_id, probed_at_us, accepted_version) SELECT item_id, 1, 1 FROM e),
     condition AS (INSERT INTO checklist_item (tenant_id, name, confirmed_by, reference) SELECT id, 'dashboard', 'ada', 'x' FROM t),
     watch AS (INSERT INTO gate_watch (tenant_id) SELECT id FROM t),
     request AS (INSERT INTO gate_request (id, tenant_id) SELECT 'of-' || id, id FROM t),
     review AS (INSERT INTO trace_review (tenant_id, supplier_id, watch_number, event_seq, seed) SELECT t.id, '', 1, e.seq, 'x' FROM t, e),
     channel AS (INSERT INTO notify_channel (name, kind, target, shown, tenant_id, inconclusive_us, publish_us, expiry_us)
                 SELECT 'of-' || id, 'slack', 'SECRETS', 'x', id, 1, 1, 1 FROM t RETURNING name),
     message AS (INSERT INTO notification (id, channel) SELECT 'of-' || $1, name FROM channel RETURNING id, channel),
     told AS (INSERT INTO notified_condition (channel, tenant_id, key, kind, severity, owner, subject, detail, since_us, on_message)
              SELECT message.channel, t.id, 'x', 'x', 'x', 'x', 'x', 'x', 1, message.id FROM t, message),
     prune AS (INSERT INTO prune_run (tenant_id, actor, cutoff_us, state, finished_at_us)
               SELECT id, 'ada', 1, 'completed', 1 FROM t RETURNING id),
     stone AS (INSERT INTO pruned_event (key, digest, prune_id) SELECT md5('k' || $1)::uuid, md5('d')::uuid, id FROM prune)
     INSERT INTO archived_rival (seq, item_id, supplier_id, event_id, quantity, updated_at_us, decision_no, prune_id)
     SELECT -e.seq, e.item_id, 'acme', 'old', 1, 1, 1, prune.id FROM prune, e`,
    [tenant],
  );
  await db.sql(
    `WITH t AS (SELECT $1::text AS id), e AS (SELECT seq FROM supplier_event WHERE tenant_id = $1 ORDER BY seq LIMIT 1),
     feed AS (INSERT INTO feed (tenant_id, id, supplier_id, version) SELECT id, 'night', 'acme', 1 FROM t),
     version AS (INSERT INTO feed_version (tenant_id, feed_id, version, document, secrets, created_by)
                 SELECT id, 'night', 1, '{}', 'SECRETS', 'ada' FROM t),
     run AS (INSERT INTO feed_run (id, tenant_id, feed_id, feed_version, trigger, requested_by, state)
             SELECT 'of-' || id, id, 'night', 1, 'upload', 'ada', 'completed' FROM t RETURNING id),
     part AS (INSERT INTO feed_file (run_id, part, bytes) SELECT id, 1, 'x' FROM run),
     refusal AS (INSERT INTO feed_refusal (run_id, no, line, code, reason, text) SELECT id, 1, 1, 'x', 'x', 'x' FROM run),
     item AS (INSERT INTO feed_run_item (run_id, sku_key, location) SELECT id, 'CHAIR', '' FROM run),
     line AS (INSERT INTO feed_event (seq, run_id, line) SELECT e.seq, run.id, 1 FROM e, run),
     alias AS (INSERT INTO sku_alias (tenant_id, supplier_id, code_key, code, sku) SELECT id, 'acme', '4711', '4711', 'CHAIR' FROM t)
     INSERT INTO event_code (seq, tenant_id, supplier_id, code_key, code, quantity, sku, factor, alias_since_us)
     SELECT e.seq, t.id, 'acme', '4711', '4711', 1, 'CHAIR', 1, 1 FROM t, e`,
    [tenant],
  );
  await db.sql(`UPDATE tenant SET state = 'closed' WHERE id = $1`, [tenant]);
  await shopAt(db.sql, 'https://shop.example.com', tenant);
  await db.sql(`UPDATE storefront SET secret = 'SECRETS' WHERE tenant_id = $1`, [tenant]);
}

/** Every row of every table that speaks of a tenant, as text. */
export async function rowsThatSpeakOf(db: TestDatabase, word: string): Promise<Record<string, string[]>> {
  const tables = await db.sql<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations'`,
  );
  const found: Record<string, string[]> = {};
  for (const { name } of tables) {
    const rows = await db.sql<{ row: string }>(
      `SELECT x::text AS row FROM "${name}" x WHERE x::text LIKE $1 ORDER BY 1`,
      [`%${word}%`],
    );
    if (rows.length > 0) found[name] = rows.map(({ row }) => row);
  }
  return found;
}
