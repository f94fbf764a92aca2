import pg from 'pg';
import { SUPPLIER, TENANT } from '../parts.ts';

/** Each item's events, of which the newest wins: an hour apart, the last of them 401 days ago. */
export const EVENTS_AN_ITEM = 20;

/**
 * A ledger as years make it: each event beat the one before it, made a version, and the storefront took that. Foreign
 * keys and triggers are not asked, so that a million rows take minutes.
 */
export async function fillHistory(url: string, items: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const quick = async (sql: string): Promise<void> => {
    await client.query(sql);
  };
  try {
    await quick('BEGIN');
    await quick('SET LOCAL session_replication_role = replica');
    const event = `
      SELECT (nth - 1)::bigint * ${items} + item AS seq, item, nth, 'OLD-' || item AS sku, nth AS quantity,
             now_us() - 401::bigint * 86400000000 - (${EVENTS_AN_ITEM} - nth)::bigint * 3600000000 + item AS at_us
        FROM generate_series(1, ${EVENTS_AN_ITEM}) nth, generate_series(1, ${items}) item`;
    await quick(`
      INSERT INTO supplier_event (seq, tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, received_at_us, digest,
                                  workflow_id, start_count, item_id, decision, decision_no, decided_at_us, rule, version,
                                  beat_seq)
      SELECT e.seq, '${TENANT}', '${SUPPLIER}', 'old-' || e.item || '-' || e.nth, e.sku, e.quantity, e.at_us, e.at_us,
             event_digest(e.sku, e.quantity, e.at_us), 'sync:${TENANT}:${SUPPLIER}:old-' || e.item || '-' || e.nth, 1,
             '${TENANT}:' || e.sku, 'won', e.seq, e.at_us, CASE WHEN e.nth = 1 THEN 'first' ELSE 'newer' END, e.nth,
             CASE WHEN e.nth > 1 THEN e.seq - ${items} END
        FROM (${event}) e ORDER BY e.seq`);
    await quick(`
      INSERT INTO catalog_item_version (item_id, version, event_seq, quantity, updated_at_us, rule, created_at_us,
                                        publication, publication_at_us)
      SELECT e.item_id, e.version, e.seq, e.quantity, e.updated_at_us, e.rule, e.decided_at_us, 'accepted', e.decided_at_us
        FROM supplier_event e ORDER BY e.seq`);
    await quick(`
      INSERT INTO publish_attempt (item_id, version, event_seq, tenant_id, supplier_id, workflow_id, message_id, status,
                                   started_at_us, finished_at_us, http_status)
      SELECT e.item_id, e.version, e.seq, e.tenant_id, e.supplier_id, e.workflow_id, 'msg_' || md5(e.seq::text), 'accepted',
             e.decided_at_us, e.decided_at_us, 200
        FROM supplier_event e ORDER BY e.seq`);
    await quick(`
      INSERT INTO catalog_item (item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, winner_seq, version)
      SELECT e.item_id, e.tenant_id, e.sku, e.quantity, e.updated_at_us, e.supplier_id, e.event_id, e.seq, e.version
        FROM supplier_event e WHERE e.version = ${EVENTS_AN_ITEM}`);
    await quick(`SELECT setval('supplier_event_seq_seq', (SELECT max(seq) FROM supplier_event)),
                        setval('decision_no_seq', (SELECT max(seq) FROM supplier_event))`);
    await quick('COMMIT');
    await quick('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
}
