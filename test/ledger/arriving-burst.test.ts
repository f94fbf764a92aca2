import { afterEach, beforeEach, expect, it } from 'vitest';
import { claimSupplierEvents } from '../../src/ledger/claim-supplier-events.ts';
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
 * Claims eight, where a tenant's first event came so many ms ago, the last ones (so many) 0 ms ago, and all others some ms
 * before those. The clock stands still: a busy machine takes its time.
 */
async function claimOf({
  first,
  last,
  others,
}: {
  first: number;
  last: number;
  others: number;
}): Promise<string[]> {
  await db.sql(
    `CREATE OR REPLACE FUNCTION now_us() RETURNS bigint LANGUAGE sql AS 'SELECT 1900000000000000'`,
  );
  await db.sql(
    `UPDATE supplier_event e
        SET start_due_us = now_us() - 1000 * CASE WHEN o.no = 1 THEN $1 WHEN o.no > o.count - $2 THEN 0 ELSE $3 END
       FROM (SELECT seq, row_number() OVER (ORDER BY seq) AS no, count(*) OVER () AS count
               FROM supplier_event WHERE tenant_id = 'shop') o
      WHERE e.seq = o.seq`,
    [first, last, others],
  );
  const claimed = await claimSupplierEvents(db.database, {
    ...{ worker: 'w', window: 16, share: 16, limit: 8, leaseSeconds: 60 },
  });
  return claimed.map(({ input }) => input.tenant);
}

it.each([
  { what: 'comes in, none of it is taken', events: 1_100, first: 1_000, last: 300, others: 500, taken: 0 },
  {
    what: 'is there for three seconds, it is taken',
    events: 1_100,
    first: 3_100,
    last: 300,
    others: 500,
    taken: 8,
  },
  {
    what: 'has come in, it is taken, though some come as always',
    events: 1_100,
    first: 1_000,
    last: 100,
    others: 500,
    taken: 8,
  },
  { what: 'is small, it is taken', events: 900, first: 1_000, last: 300, others: 500, taken: 8 },
])('where a burst $what', async ({ events, taken, ...when }) => {
  await send(events);
  expect(await claimOf(when)).toHaveLength(taken);
});

it('while a burst comes in, events of other tenants are taken', async () => {
  await send(3, 'calm');
  await db.sql("UPDATE supplier_event SET start_due_us = 1 WHERE tenant_id = 'calm'");
  await send(1_100);
  expect(await claimOf({ first: 1_000, last: 300, others: 500 })).toEqual(['calm', 'calm', 'calm']);
});
