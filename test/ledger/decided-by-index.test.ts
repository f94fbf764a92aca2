import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';

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

/** @returns how many rows were read of each table for an event that wins, by whatever way */
async function decide(no: number): Promise<Record<string, number>> {
  // What a transaction of one's own reads is in sight at once.
  const read = async (): Promise<Map<string, number>> => {
    const { rows } = await connection.query<{ name: string; read: string }>(
      `SELECT relname AS name,
              pg_stat_get_xact_tuples_returned(oid)
              + coalesce((SELECT sum(pg_stat_get_xact_tuples_fetched(indexrelid)) FROM pg_index WHERE indrelid = c.oid), 0) AS read
         FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    return new Map(rows.map((row) => [row.name, Number(row.read)]));
  };
  const [event] = await db.sql<{ seq: string }>(`SELECT seq FROM supplier_event WHERE event_id = $1`, [
    `e-${no}`,
  ]);
  await connection.query('BEGIN');
  const before = await read();
  const { rows } = await connection.query<{ verdict: string; attempt_id: string }>(
    `SELECT verdict, attempt_id FROM save_and_begin($1, $2, $3, NULL, 'sync:x', '{}'::text[])`,
    [event?.seq, `shop:CHAIR-${no}`, `CHAIR-${no}`],
  );
  expect(rows).toMatchObject([{ verdict: 'send' }]);
  await connection.query(`SELECT finish_publish_attempt($1, 'accepted', 200, NULL)`, [rows[0]?.attempt_id]);
  const after = await read();
  await connection.query('COMMIT');
  return Object.fromEntries(
    [...after]
      .map(([name, count]) => [name, count - (before.get(name) ?? 0)])
      .filter(([, count]) => count !== 0),
  );
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
