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

async function ask(): Promise<{ awaits: boolean; read: number }> {
  const { result, read } = await countRowsRead(connection, () =>
    connection.query<{ awaits: boolean }>(
      `SELECT awaits_newer('shop', 'shop:CHAIR-7', $1::bigint) AS awaits`,
      [String(seconds(1_780_000_000))],
    ),
  );
  return { awaits: result.rows[0]?.awaits ?? false, read: read['freshest_event'] ?? 0 };
}

it('what is newer of an item is looked up by the item, also where the plan was made while nothing waited', async () => {
  for (let no = 0; no < 7; no += 1) expect(await ask()).toEqual({ awaits: false, read: 0 });
  await record(
    db.database,
    'shop',
    'acme',
    Array.from({ length: 300 }, (_, no) => ({
      ...{ eventId: `e-${no}`, sku: `CHAIR-${no}`, quantity: no, updatedAt: seconds(1_780_000_001) },
    })),
  );
  expect(await ask()).toEqual({ awaits: true, read: 1 });
});
