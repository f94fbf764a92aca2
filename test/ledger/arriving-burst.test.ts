import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
  await openTenant(db.database, 'shop', ['acme']);
  await openTenant(db.database, 'calm', ['acme']);
});
afterEach(() => db.drop());

let sent = 0;
const send = (count: number, tenant = 'shop') =>
  record(
    db.database,
    tenant,
    'acme',
    Array.from({ length: count }, () => {
      sent += 1;
      return { eventId: `e-${sent}`, sku: `SKU-${sent}`, quantity: 1, updatedAt: seconds(1_780_000_000) };
    }),
  );

/**
 * Claims eight at once, as if a burst's first event had come so many ms ago, and all others so many: in one go, as a busy machine
 * takes its time.
 */
async function claimOf(first: number, others: number): Promise<string[]> {
  const client = new pg.Client({ connectionString: db.url });
  await client.connect();
  try {
    const results: unknown = await client.query(`
      UPDATE supplier_event e
         SET start_due_us = now_us() - CASE WHEN e.seq = o.seq THEN ${first} ELSE ${others} END * 1000
        FROM (SELECT min(seq) AS seq FROM supplier_event WHERE tenant_id = 'shop') o
       WHERE e.tenant_id = 'shop';
      SELECT tenant_id FROM claim_supplier_events('w', 16, 8, 60000000)`);
    const [, claimed] = results as pg.QueryResult<{ tenant_id: string }>[];
    return (claimed?.rows ?? []).map(({ tenant_id: tenant }) => tenant);
  } finally {
    await client.end();
  }
}

it.each([
  { what: 'comes in, none of it is taken', events: 1_100, first: 1_000, others: 0, taken: 0 },
  { what: 'comes in for three seconds, it is taken', events: 1_100, first: 3_100, others: 0, taken: 8 },
  { what: 'has come in, it is taken', events: 1_100, first: 1_000, others: 300, taken: 8 },
  { what: 'is small, it is taken', events: 900, first: 1_000, others: 0, taken: 8 },
])('while a burst $what', async ({ events, first, others, taken }) => {
  await send(events);
  expect(await claimOf(first, others)).toHaveLength(taken);
});

it('while a burst comes in, events of other tenants are taken', async () => {
  await send(3, 'calm');
  await send(1_100);
  expect(await claimOf(1_000, 0)).toEqual(['calm', 'calm', 'calm']);
});
