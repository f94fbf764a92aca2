import type { BenchDatabase } from '../parts.ts';

/** Its SKUs share most of what they are made of, as those of real catalogs do. */
const SKU = `'DESK-' || chr(65 + n % 26) || '-' || lpad(n::text, 6, '0')`;

/** A tenant of many items with two events each, received within the last day: the older lost its item to the newer one. */
export async function fillTenant(database: BenchDatabase, tenant: string, items: number): Promise<void> {
  await database.addTenant(tenant);
  const quick = (sql: string): Promise<unknown> => database.database.$executeRawUnsafe(sql);
  const event = (nth: 1 | 2): string => `
    SELECT n, ${SKU} AS sku, ${nth} AS nth,
           (SELECT coalesce(max(seq), 0) FROM supplier_event) + ${nth === 1 ? 0 : items} + n AS seq,
           now_us() - 80000000000 + ${nth}::bigint * 10000000000 + n::bigint * 10000 AS at_us
      FROM generate_series(1, ${items}) n`;
  await database.database.$transaction(
    async (transaction) => {
      await transaction.$executeRawUnsafe('SET LOCAL session_replication_role = replica');
      await transaction.$executeRawUnsafe(`
        INSERT INTO supplier_event (seq, tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, received_at_us, digest,
                                    workflow_id, start_count, item_id, decision, decision_no, decided_at_us, rule, version, beat_seq)
        SELECT e.seq, '${tenant}', 'load', e.sku || '/' || e.nth, e.sku, e.n % 100, e.at_us, e.at_us,
               event_digest(e.sku, e.n % 100, e.at_us), 'sync:${tenant}:load:' || e.sku || '/' || e.nth, 1,
               '${tenant}:' || e.sku, 'won', e.seq, e.at_us, CASE WHEN e.nth = 1 THEN 'first' ELSE 'newer' END, e.nth,
               CASE WHEN e.nth = 2 THEN e.seq - ${items} END
          FROM (${event(1)} UNION ALL ${event(2)}) e`);
      await transaction.$executeRawUnsafe(`
        INSERT INTO catalog_item_version (item_id, version, event_seq, quantity, updated_at_us, rule, publication)
        SELECT item_id, version, seq, quantity, updated_at_us, rule, 'accepted' FROM supplier_event WHERE tenant_id = '${tenant}'`);
      await transaction.$executeRawUnsafe(`
        INSERT INTO catalog_item (item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, winner_seq, version)
        SELECT item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, seq, version
          FROM supplier_event WHERE tenant_id = '${tenant}' AND version = 2`);
    },
    { timeout: 600_000 },
  );
  await quick(`SELECT setval('supplier_event_seq_seq', (SELECT max(seq) FROM supplier_event)),
                      setval('decision_no_seq', (SELECT max(seq) FROM supplier_event))`);
  await quick('VACUUM ANALYZE');
}
