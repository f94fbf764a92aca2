import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';

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

/** Eight events. @returns how many blocks of tables and indexes were looked at */
async function claim(connection: pg.Client, worker: string): Promise<number> {
  const { rows } = await connection.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT seq FROM claim_supplier_events('${worker}', 16, 8, 60000000, 16)`,
  );
  const plan = rows[0]?.['QUERY PLAN'][0].Plan ?? {};
  expect(plan['Actual Rows']).toBe(8);
  return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
}

/** What a claim does is planned while there is so little. */
async function claimSome(connection: pg.Client): Promise<void> {
  for (let no = 0; no < 12; no += 1) {
    await connection.query(`SELECT seq FROM claim_supplier_events($1, 16, 1, 60000000, 16)`, [`early-${no}`]);
  }
}

describe.each([
  ['as it grew', async () => {}],
  ['looked through', () => db.sql('VACUUM ANALYZE')],
])('a claim looks at no more of a backlog', (state, lookThrough) => {
  it.each([0, 1, 5, 20, 300])(`by plans of a ledger of %i, ${state}`, async (small) => {
    await send('shop', small, (no) => `CHAIR-${no}`);
    await lookThrough();
    await withConnection(async (early) => {
      await claimSome(early);
      await send('shop', 3_000, (no) => `CHAIR-${no % 2_000}`);
      await send('other', 1_000, (no) => `TABLE-${no}`);
      const blocks = await claim(early, 'then');
      // 600, or 1,400 where all of it is planned first; a backlog that is read as a whole is 10,000 and more.
      expect(blocks).toBeLessThan(2_000);
    });
  });
});
