import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { countRowsRead } from '../support/rows-read.ts';

let db: TestDatabase;
let connection: pg.Client;
beforeEach(async () => {
  db = await testDatabase();
  await openTenant(db.database, 'shop', ['acme']);
  connection = new pg.Client({ connectionString: db.url });
  await connection.connect();
});
afterEach(async () => {
  await connection.end();
  await db.drop();
});

const DELIVERY = 50;

/** @returns how many rows of the ledger, and of what came again, were read for it */
async function deliver(from: number): Promise<{ events: number; again: number; duplicates: number }> {
  const events = Array.from({ length: DELIVERY }, (_, no) => ({
    ...{ eventId: `e-${from + no}`, sku: `SKU-${from + no}`, quantity: 1, workflowId: `sync:${from + no}` },
    updatedAtUs: String(seconds(1_780_000_000)),
  }));
  const { result, read } = await countRowsRead(connection, () =>
    connection.query<{ status: string }>(
      `SELECT status FROM record_supplier_events('shop', 'acme', $1::jsonb)`,
      [JSON.stringify(events)],
    ),
  );
  return {
    ...{ events: read['supplier_event'] ?? 0, again: read['duplicate_delivery'] ?? 0 },
    duplicates: result.rows.filter(({ status }) => status === 'duplicate').length,
  };
}

it.each([
  ['nothing', undefined],
  ['a vacuum of the empty ledger', 'VACUUM ANALYZE'],
  ['an analysis of a few events', 'ANALYZE'],
])(
  'a delivery of which some is known reads what is its own, however much its supplier has sent, after %s',
  async (_what, upkeep) => {
    if (upkeep === 'VACUUM ANALYZE') await db.sql(upkeep);
    // The plans are made while there is little.
    for (let no = 0; no < 8; no += 1) {
      await deliver((no * DELIVERY) / 2);
      if (no === 1 && upkeep === 'ANALYZE') await db.sql(upkeep);
    }
    const early = await deliver(8 * (DELIVERY / 2));
    for (let no = 9; no < 60; no += 1) await deliver(no * (DELIVERY / 2));
    const late = await deliver(60 * (DELIVERY / 2));
    expect(early.duplicates).toBe(DELIVERY / 2);
    expect(late).toEqual(early);
    expect(late.events).toBeLessThan(8 * DELIVERY);
    expect(late.again).toBe(0);
  },
);
