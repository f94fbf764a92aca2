import { seconds } from '../../src/domain/time.ts';
import type { TestDatabase } from '../support/database.ts';
import { record } from '../support/record.ts';

let clock = 0n;

export interface PublishedEvent {
  id: string;
  sku: string;
  quantity?: number;
}

/** Events that have gone their whole way: decided, and told to a storefront that accepted them. */
export async function publishedEvents(
  { database, sql }: Pick<TestDatabase, 'database' | 'sql'>,
  whose: { tenant: string; supplier: string },
  events: readonly PublishedEvent[],
): Promise<void> {
  const { tenant, supplier } = whose;
  await record(
    database,
    tenant,
    supplier,
    events.map(({ id, sku, quantity = 7 }) => ({
      eventId: id,
      sku,
      quantity,
      updatedAt: seconds(1_780_000_000) + (clock += 1n),
    })),
  );
  // One after the other, each with what the one before it has written.
  await sql(`DO $$
    DECLARE e record; s record; b record;
    BEGIN
      FOR e IN SELECT seq, workflow_id, sku FROM supplier_event
                WHERE tenant_id = '${tenant}' AND decision IS NULL ORDER BY updated_at_us LOOP
        SELECT * INTO s FROM save_catalog_item(e.seq, '${tenant}:' || e.sku, e.sku, NULL);
        UPDATE supplier_event SET start_count = greatest(start_count, 1) WHERE seq = e.seq;
        IF s.publish THEN
          SELECT * INTO b FROM begin_publish_attempt(e.seq, '${tenant}:' || e.sku, s.version, e.workflow_id, 'msg', NULL);
          PERFORM finish_publish_attempt(b.attempt_id, 'accepted', 200, NULL);
        END IF;
      END LOOP;
    END $$`);
}

/** One of them. */
export async function publishedEvent(
  test: TestDatabase,
  { tenant, supplier, ...event }: PublishedEvent & { tenant: string; supplier: string },
): Promise<void> {
  await publishedEvents(test, { tenant, supplier }, [event]);
}

/** Moves all that a tenant has done into the past, as if it had gone on for so long. */
export async function age(
  { sql }: Pick<TestDatabase, 'sql'>,
  tenant: string,
  secondsAgo: number,
): Promise<void> {
  const ago = seconds(secondsAgo);
  const columns: [string, string[], string][] = [
    ['supplier_event', ['received_at_us', 'decided_at_us'], 'tenant_id = $1'],
    ['publish_attempt', ['started_at_us', 'finished_at_us'], 'tenant_id = $1'],
    ['catalog_item_version', ['created_at_us', 'publication_at_us'], "item_id LIKE $1 || ':%'"],
    ['gate_watch', ['began_at_us'], 'tenant_id = $1'],
    ['tenant', ['opened_at_us'], 'id = $1'],
    ['supplier', ['opened_at_us'], 'tenant_id = $1'],
  ];
  for (const [table, names, where] of columns) {
    const moved = names.map((name) => `${name} = ${name} - $2`).join(', ');
    await sql(`UPDATE ${table} SET ${moved} WHERE ${where}`, [tenant, ago]);
  }
}

/** Enough updates of a supplier for every signal to say something, acknowledged long enough ago. */
export async function busySupplier(
  test: TestDatabase,
  whose: { tenant: string; supplier: string },
): Promise<void> {
  const events = Array.from({ length: 205 }, (_, index) => ({
    id: `${whose.tenant}-${index}`,
    sku: `ITEM-${index}`,
  }));
  await publishedEvents(test, whose, events);
  await age(test, whose.tenant, 95);
}
