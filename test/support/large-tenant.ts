import type { TestDatabase } from './database.ts';
import { openTenant } from './flags.ts';

/**
 * An open tenant of many items with two events each, of which the newer won; received within the last day. Of the
 * further ones that are given, the oldest: so that whoever looks from the newest on finds them last.
 */
export async function largeTenant(
  { database, sql }: TestDatabase,
  tenant: string,
  items: number,
): Promise<void> {
  await openTenant(database, tenant, ['acme', 'rare']);
  // In one statement: nothing of it is looked after by triggers, which would take minutes.
  await sql(`
    BEGIN;
    SET LOCAL session_replication_role = replica;
    CREATE TEMP TABLE made ON COMMIT DROP AS
      SELECT n, nth, (SELECT coalesce(max(seq), 0) FROM supplier_event) + (nth - 1) * ${items} + n AS seq,
             'DESK-' || chr(65 + n % 26) || '-' || lpad(n::text, 6, '0') AS sku,
             now_us() - 80000000000 + nth::bigint * 10000000000 + n::bigint * 10000 AS at_us
        FROM generate_series(1, ${items}) n, generate_series(1, 2) nth;
    INSERT INTO supplier_event (seq, tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, received_at_us, digest,
                                workflow_id, start_count, item_id, decision, decision_no, decided_at_us, rule, version, beat_seq)
    SELECT seq, '${tenant}', 'acme', sku || '/' || nth, sku, n % 100, at_us, at_us, event_digest(sku, n % 100, at_us),
           'sync:${tenant}:acme:' || sku || '/' || nth, 1, '${tenant}:' || sku, 'won', seq, at_us,
           CASE WHEN nth = 1 THEN 'first' ELSE 'newer' END, nth, CASE WHEN nth = 2 THEN seq - ${items} END
      FROM made;
    INSERT INTO catalog_item_version (item_id, version, event_seq, quantity, updated_at_us, rule, publication)
    SELECT '${tenant}:' || sku, nth, seq, n % 100, at_us, CASE WHEN nth = 1 THEN 'first' ELSE 'newer' END, 'accepted' FROM made;
    INSERT INTO catalog_item (item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, winner_seq, version)
    SELECT '${tenant}:' || sku, '${tenant}', sku, n % 100, at_us, 'acme', sku || '/2', seq, 2 FROM made WHERE nth = 2;
    COMMIT;
    SELECT setval('supplier_event_seq_seq', (SELECT max(seq) FROM supplier_event)),
           setval('decision_no_seq', (SELECT max(seq) FROM supplier_event))`);
  await sql('VACUUM ANALYZE');
}
