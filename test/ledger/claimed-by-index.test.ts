import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { countRowsRead } from '../support/rows-read.ts';

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
  await openTenant(db.database, 'shop', ['acme']);
  await openTenant(db.database, 'other', ['acme']);
});
afterEach(() => db.drop());

let eventNo = 0;
async function send(tenant: string, count: number, item: (no: number) => string): Promise<void> {
  for (let left = count; left > 0; left -= 500) {
    const events = Array.from({ length: Math.min(500, left) }, () => {
      eventNo += 1;
      return {
        ...{ eventId: `e-${eventNo}`, sku: item(eventNo), quantity: eventNo },
        updatedAt: seconds(1_780_000_000 + eventNo),
      };
    });
    await record(db.database, tenant, 'acme', events);
  }
  // What has just come in by hundreds is not taken: see claim_supplier_events.
  await db.sql('UPDATE supplier_event SET start_due_us = start_due_us - 10000000');
}

async function withConnection<T>(work: (connection: pg.Client) => Promise<T>): Promise<T> {
  const connection = new pg.Client({ connectionString: db.url });
  await connection.connect();
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}

/** Eight events. @returns how many rows were read of each table */
async function claim(connection: pg.Client, worker: string): Promise<Record<string, number>> {
  const { read, result } = await countRowsRead(connection, () =>
    connection.query(`SELECT seq FROM claim_supplier_events($1, 16, 8, 60000000, 16)`, [worker]),
  );
  expect(result.rows).toHaveLength(8);
  return read;
}

async function claimSome(connection: pg.Client): Promise<void> {
  for (let no = 0; no < 12; no += 1) {
    await connection.query(`SELECT seq FROM claim_supplier_events($1, 16, 1, 60000000, 16)`, [`early-${no}`]);
  }
}

it.each([
  ['of a ledger with nothing in it', async () => db.sql('VACUUM ANALYZE')],
  [
    'of a ledger that was small when it was last looked through',
    async () => {
      await send('shop', 300, (no) => `CHAIR-${no % 30}`);
      await db.sql('VACUUM ANALYZE');
    },
  ],
])('a claim reads no more of a backlog by plans that are %s', async (_, before) => {
  await before();
  await withConnection(async (early) => {
    await claimSome(early);
    await send('shop', 4_000, (no) => `CHAIR-${no % 2_000}`);
    await send('other', 1_000, (no) => `TABLE-${no}`);
    const read = await claim(early, 'then');
    await db.sql('VACUUM ANALYZE');
    const now = await withConnection((late) => claim(late, 'now'));
    expect(Object.keys(read).filter((table) => (read[table] ?? 0) > 2 * (now[table] ?? 0) + 100)).toEqual([]);
    expect(read.supplier_event).toBeLessThan(300);
    expect(read.freshest_event).toBeLessThan(100);
  });
});
