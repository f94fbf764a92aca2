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

/** What is there already is a duplicate. */
const send = (count: number) =>
  record(
    db.database,
    'shop',
    'acme',
    Array.from({ length: count }, (_, no) => eventNo(no)),
  );

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

it.each([0, 60])(
  'an event is decided by reading what is its own, also where plans are of a ledger of %i',
  async (small) => {
    await send(small);
    for (let no = 0; no < small; no += 1) await decide(no);
    await db.sql('VACUUM ANALYZE');
    await send(small + 300);
    let early: Record<string, number> = {};
    for (let no = small; no < small + 20; no += 1) early = await decide(no);
    let late: Record<string, number> = {};
    for (let no = small + 20; no < small + 300; no += 1) late = await decide(no);
    // A row that was written anew is met once more; one of 300 others would be met each time.
    for (const [table, count] of Object.entries(late))
      expect([table, count <= (early[table] ?? 0) + 20]).toEqual([table, true]);
  },
);
