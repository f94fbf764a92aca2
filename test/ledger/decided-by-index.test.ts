import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
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

const eventNo = (no: number) => ({
  ...{ eventId: `e-${no}`, sku: `CHAIR-${no}`, quantity: no, updatedAt: seconds(1_780_000_000) },
});

/** @returns how many rows were read of each table for an event that wins */
async function decide(no: number): Promise<Record<string, number>> {
  const [event] = await db.sql<{ seq: string }>(`SELECT seq FROM supplier_event WHERE event_id = $1`, [
    `e-${no}`,
  ]);
  const { read } = await countRowsRead(connection, async () => {
    const { rows } = await connection.query<{ verdict: string; attempt_id: string }>(
      `SELECT verdict, attempt_id FROM save_and_begin($1, $2, $3, NULL, 'sync:x', '{}'::text[])`,
      [event?.seq, `shop:CHAIR-${no}`, `CHAIR-${no}`],
    );
    expect(rows).toMatchObject([{ verdict: 'send' }]);
    await connection.query(`SELECT finish_publish_attempt($1, 'accepted', 200, NULL)`, [rows[0]?.attempt_id]);
  });
  return read;
}

it('an event is decided and published by reading what is its own, also where the plans are of an empty ledger', async () => {
  await db.sql('VACUUM ANALYZE');
  await record(
    db.database,
    'shop',
    'acme',
    Array.from({ length: 300 }, (_, no) => eventNo(no)),
  );
  let early: Record<string, number> = {};
  for (let no = 0; no < 20; no += 1) early = await decide(no);
  let late: Record<string, number> = {};
  for (let no = 20; no < 300; no += 1) late = await decide(no);
  expect(late).toEqual(early);
});
